import { createHash } from 'node:crypto';
import type { Exchange } from './exchange.js';
import { type Ending, finishWith } from './faults.js';
import type { Script } from './fault-server.js';

/** A version of a resource that a test server holds. */
export interface Version {
  readonly bytes: Uint8Array;
  readonly etag?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How an answer departs from a correct one. */
export interface Departure {
  /** How many bytes of the body get through before the ending. Default all. */
  readonly upTo?: number;
  readonly then?: Ending;
  /** Answers with the whole, whatever was asked for. */
  readonly ignoresRange?: boolean;
  /** Looks at no validator. */
  readonly ignoresIfRange?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Bytes that differ everywhere and depend on the seed alone. */
export function bytesOf(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed * 2_654_435_761;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

export const sha256 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/** A digest as the fields of RFC 9530 hold it. */
export const digestField = (bytes: Uint8Array, algorithm: 'sha-256' | 'sha-512' = 'sha-256') =>
  `${algorithm}=:${createHash(algorithm.replace('-', '')).update(bytes).digest('base64')}:`;

/** Answers as RFC 9110 says, with the departure given. */
export async function answerRange(
  exchange: Exchange,
  version: Version,
  { upTo, then = 'keep', ignoresRange, ignoresIfRange, headers = {} }: Departure = {},
): Promise<void> {
  const { bytes, etag } = version;
  const { range, 'if-range': ifRange } = exchange.request.headers;
  const first = /^bytes=(\d+)-$/.exec(range ?? '')?.[1];
  const valid = ignoresIfRange === true || ifRange === undefined || ifRange === etag;
  const fields = { ...(etag === undefined ? {} : { etag }), ...version.headers };
  const from = first === undefined || !valid || ignoresRange === true ? undefined : Number(first);
  if (from !== undefined && from >= bytes.length) {
    const total = { 'content-range': `bytes */${String(bytes.length)}`, ...fields, ...headers };
    await exchange.respond(416, total);
    return;
  }
  const body = bytes.subarray(from ?? 0);
  const span =
    from === undefined
      ? {}
      : { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
  await exchange.head(from === undefined ? 200 : 206, {
    'content-length': body.length,
    ...span,
    ...fields,
    ...headers,
  });
  const part = body.subarray(0, upTo ?? body.length);
  if (part.length > 0) await exchange.raw(part);
  await finishWith(exchange, upTo !== undefined && then === 'keep' ? 'cut' : then);
}

/** Plays these answers in turn, the last one for ever. */
export const inTurn =
  (...scripts: readonly Script[]): Script =>
  (exchange) =>
    scripts[Math.min(exchange.n, scripts.length) - 1]?.(exchange);
