import { encodeBody, type RequestBody } from '../../http/body.js';
import type { OpenedSource, SourcePart } from './upload-source.js';

/** Bytes at hand, or a `Blob` or `File`: parts are views of it, nothing is copied. */
export function valueSource(value: Uint8Array | Blob): OpenedSource {
  const isBytes = value instanceof Uint8Array;
  const size = isBytes ? value.byteLength : value.size;
  const file = isBytes ? {} : (value as Partial<File>);
  const identity =
    file.name === undefined
      ? undefined
      : `${file.name} ${String(size)} ${String(file.lastModified ?? '')} ${file.type ?? ''}`;
  return {
    size,
    identity,
    fileName: file.name,
    contentType: file.type === undefined || file.type === '' ? undefined : file.type,
    maxPartBytes: Infinity,
    part: (offset, maxBytes): SourcePart => {
      const end = Math.min(size, offset + maxBytes);
      const part = isBytes ? value.subarray(offset, end) : value.slice(offset, end);
      return {
        body: encodeBody(part) as RequestBody,
        byteLength: end - offset,
        isLast: end === size,
      };
    },
    close: () => undefined,
  };
}
