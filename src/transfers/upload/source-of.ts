import { type ByteSource, encodeBody } from '../../http/body.js';
import { invalid } from '../../http/invalid-input.js';
import { StreamSource } from './stream-source.js';
import type { OpenedSource, UploadSource } from './upload-source.js';
import { valueSource } from './value-source.js';
import type { Awaitable } from './awaitable.js';

/**
 * What {@link resumableUpload} takes: bytes at hand, a `Blob` or `File`, a stream of unknown length, a recipe that opens
 * one (`() => stream`), or a source of one's own (`fileSource(path)` of `coldwire/node`).
 */
export type UploadInput =
  Uint8Array | ArrayBuffer | Blob | ByteSource | (() => ByteSource) | UploadSource;

/** Opens what was given. @throws InvalidInput for what is no source of bytes */
export function openSource(input: UploadInput, replayBytes: number): Awaitable<OpenedSource> {
  if (isUploadSource(input)) return input.open();
  if (typeof input !== 'string' && typeof input === 'object' && (input as unknown) !== null) {
    const body = encodeBody(input);
    if (body?.kind === 'bytes') return valueSource(body.bytes);
    if (body?.kind === 'blob') return valueSource(body.blob);
    if (body?.kind === 'recipe')
      return new StreamSource(() => input as ByteSource, false, replayBytes);
  }
  if (typeof input === 'function') return new StreamSource(input, true, replayBytes);
  throw invalid(
    'source',
    'bytes, a Blob, a stream, a recipe that opens one, or an UploadSource',
    input,
    'INVALID_SOURCE',
  );
}

function isUploadSource(input: unknown): input is UploadSource {
  return (
    typeof input === 'object' &&
    input !== null &&
    typeof (input as Partial<UploadSource>).open === 'function'
  );
}
