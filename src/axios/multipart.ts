import {
  PART_END,
  fieldText,
  fileType,
  multipartEnd,
  multipartType,
  partHead,
  randomBoundary,
} from '../http/multipart.js';

/** A form, ready to be streamed. */
export interface EncodedForm {
  readonly contentType: string;
  /** Bytes of the whole body. */
  readonly length: number;
  open(): AsyncIterable<Uint8Array>;
}

/** Encodes a form as the browser does, its files streamed, never collected. */
export function encodeForm(form: FormData, boundary: string = randomBoundary()): EncodedForm {
  const parts: (Uint8Array | Blob)[] = [];
  for (const [name, value] of form) {
    const file =
      typeof value === 'string' ? {} : { filename: value.name, contentType: fileType(value) };
    parts.push(partHead(boundary, { name, ...file }));
    parts.push(typeof value === 'string' ? fieldText(value) : value, PART_END);
  }
  parts.push(multipartEnd(boundary));
  return {
    contentType: multipartType(boundary),
    length: parts.reduce(
      (sum, part) => sum + (part instanceof Uint8Array ? part.byteLength : part.size),
      0,
    ),
    open: () => bytesOf(parts),
  };
}

async function* bytesOf(parts: readonly (Uint8Array | Blob)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Uint8Array) yield part;
    else yield* blobBytes(part);
  }
}

/** The bytes of a blob, chunk by chunk, without the async iteration that not every platform's streams have. */
export async function* blobBytes(blob: Blob): AsyncGenerator<Uint8Array> {
  const reader = blob.stream().getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}
