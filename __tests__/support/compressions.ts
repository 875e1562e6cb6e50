import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

export type Coding = 'gzip' | 'deflate' | 'deflate-raw' | 'br';

const encoders: Readonly<Record<Coding, (bytes: Uint8Array) => Buffer>> = {
  gzip: (bytes) => gzipSync(bytes, { level: 9 }),
  deflate: (bytes) => deflateSync(bytes, { level: 9 }),
  'deflate-raw': (bytes) => deflateRawSync(bytes, { level: 9 }),
  br: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
};

/** The body after the codings, applied from left to right as `Content-Encoding` lists them. */
export const compressed = (body: string | Uint8Array, ...codings: Coding[]): Buffer =>
  codings.reduce<Buffer>((bytes, coding) => encoders[coding](bytes), Buffer.from(body as string));

/** The header that belongs to it (`deflate-raw` is sent as `deflate`, as some servers do). */
export const contentEncoding = (...codings: Coding[]): string =>
  codings.map((coding) => (coding === 'deflate-raw' ? 'deflate' : coding)).join(', ');

/** A small body that grows to `decodedBytes` zeros. Every further coding is applied on top. */
export const bomb = (decodedBytes: number, ...codings: Coding[]): Buffer =>
  compressed(Buffer.alloc(decodedBytes), ...codings);

/** Compressed bodies that are not what they say; each is to be an error, never a value. */
export function brokenCompressions(
  coding: Exclude<Coding, 'deflate-raw'>,
  body: string,
): Readonly<Record<string, Buffer>> {
  const whole = compressed(body, coding);
  const flipped = Buffer.from(whole);
  const middle = Math.floor(flipped.length / 2);
  flipped[middle] = (flipped[middle] ?? 0) ^ 0xff;
  return {
    'cut in its middle': whole.subarray(0, middle),
    'cut by its last byte': whole.subarray(0, -1),
    'flipped in its middle': flipped,
    'not compressed at all': Buffer.from(body),
    'followed by garbage': Buffer.concat([whole, Buffer.from('garbage')]),
    'followed by zeros': Buffer.concat([whole, Buffer.alloc(7)]),
    ...(coding === 'gzip' && {
      'of a wrong checksum': Buffer.concat([
        whole.subarray(0, -8),
        Buffer.from([1, 2, 3, 4]),
        whole.subarray(-4),
      ]),
      'of a wrong length field': Buffer.concat([whole.subarray(0, -4), Buffer.from([9, 9, 9, 9])]),
    }),
  };
}
