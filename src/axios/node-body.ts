import type { ByteSource } from '../http/body.js';
import type { TaskRequest } from '../http/request.js';
import { blobBytes, encodeForm } from './multipart.js';

/** A body as Node sends it: bytes at hand, or a source that is opened when it is sent. */
export interface NodeBody {
  /** The whole body, where it is at hand. */
  readonly bytes: Uint8Array | undefined;
  /** Opens the body; what it throws is the caller's. */
  open(): ByteSource;
  readonly length: number | undefined;
  readonly contentType: string | undefined;
}

const SLICE_BYTES = 65_536;
const BOUNDARY = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i;

/** The body of a request in the form that Node sends; `undefined` when there is none. */
export function nodeBody({ body, headers }: TaskRequest): NodeBody | undefined {
  switch (body?.kind) {
    case undefined:
      return undefined;
    case 'text':
      return atHand(Buffer.from(body.text, 'utf8'), body.contentType);
    case 'bytes':
      return atHand(body.bytes, body.contentType);
    case 'blob': {
      const { blob, contentType } = body;
      return { bytes: undefined, open: () => blobBytes(blob), length: blob.size, contentType };
    }
    case 'form': {
      const named = BOUNDARY.exec(headers.get('content-type') ?? '');
      return { bytes: undefined, ...encodeForm(body.form, named?.[1] ?? named?.[2]) };
    }
    case 'recipe':
      return {
        bytes: undefined,
        open: body.open,
        length: body.length,
        contentType: body.contentType,
      };
  }
}

function atHand(bytes: Uint8Array, contentType: string | undefined): NodeBody {
  return { bytes, open: () => slices(bytes), length: bytes.byteLength, contentType };
}

/** Slice by slice, where somebody wants to see it go. */
// eslint-disable-next-line @typescript-eslint/require-await -- a source of bytes is asynchronous
async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += SLICE_BYTES)
    yield bytes.subarray(at, at + SLICE_BYTES);
}
