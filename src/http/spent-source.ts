import type { ByteSource } from './byte-source.js';
import { invalid } from './invalid-input.js';

/** What was opened and can be read once only. */
const spent = new WeakSet();

interface Readable {
  readonly getReader?: unknown;
  readonly pipe?: unknown;
  readonly next?: unknown;
  readonly locked?: boolean;
  readonly readableEnded?: boolean;
  readonly destroyed?: boolean;
}

/**
 * Hands a source on, unless it is a stream or a generator that was opened before: it would be sent as an empty body,
 * and nobody would know. Iterables and Observables that start anew each time pass.
 * @throws TaskError `request`, code `BODY_NOT_REPLAYABLE`
 */
export function unspent(source: ByteSource): ByteSource {
  if (typeof source !== 'object' || (source as unknown) === null) return source;
  const { getReader, pipe, next, locked, readableEnded, destroyed } = source as Readable;
  const isStream = typeof getReader === 'function' || typeof pipe === 'function';
  // An Observable has `pipe` too, and is opened by subscribing.
  if ((!isStream || 'subscribe' in source) && typeof next !== 'function') return source;
  if (spent.has(source) || locked === true || readableEnded === true || destroyed === true) {
    throw invalid(
      'body',
      'a stream can be sent only once: give a recipe that makes a new one, () => stream',
      undefined,
      'BODY_NOT_REPLAYABLE',
    );
  }
  spent.add(source);
  return source;
}
