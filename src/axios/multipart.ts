/** A form, ready to be streamed. */
export interface EncodedForm {
  readonly contentType: string;
  /** Bytes of the whole body. */
  readonly length: number;
  open(): AsyncIterable<Uint8Array>;
}

const encoder = new TextEncoder();

/**
 * Encodes a form as the browser does (WHATWG HTML, multipart/form-data encoding algorithm): names and file names
 * escaped, so that none can write header lines of its own; files streamed, never collected.
 */
export function encodeForm(form: FormData, boundary: string = randomBoundary()): EncodedForm {
  const parts: (Uint8Array | Blob)[] = [];
  for (const [name, value] of form) {
    const isText = typeof value === 'string';
    const file = isText
      ? ''
      : `; filename="${escaped(value.name)}"\r\nContent-Type: ${typeOf(value)}`;
    parts.push(
      encoder.encode(
        `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(lines(name))}"${file}\r\n\r\n`,
      ),
    );
    parts.push(isText ? encoder.encode(lines(value)) : value);
    parts.push(encoder.encode('\r\n'));
  }
  parts.push(encoder.encode(`--${boundary}--\r\n`));
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
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

/** 128 random bits: a part cannot guess it and end itself. */
function randomBoundary(): string {
  const bits = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return `----coldwire${Array.from(bits, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

function escaped(name: string): string {
  return name.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22');
}

function lines(text: string): string {
  return text.replace(/\r\n|\r|\n/g, '\r\n');
}

function typeOf({ type }: Blob): string {
  return /^[\x20-\x7e]+$/.test(type) ? type : 'application/octet-stream';
}
