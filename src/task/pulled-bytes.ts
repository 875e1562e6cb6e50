import type { ByteSource, ObservableBytes } from '../http/body.js';
import { invalid } from '../http/invalid-input.js';
import type { PulledBytes } from './pulled-source.js';
import { queued } from './queued-bytes.js';
import { FAILS, type RestlessSource } from './restless-source.js';

/** Any source of bytes as one that is pulled. @throws InvalidInput for what is no source */
export function pulled(source: ByteSource): PulledBytes {
  const given = source as unknown;
  if (typeof given === 'object' && given !== null) {
    if ('getReader' in given) return ofReader((given as ReadableStream<unknown>).getReader());
    if (Symbol.asyncIterator in given)
      return ofIterable(given as AsyncIterable<unknown> & { destroy?: unknown });
    if (typeof (given as Partial<ObservableBytes>).subscribe === 'function')
      return queued(given as ObservableBytes, asBytes);
  }
  throw invalid(
    'body',
    'a recipe returns an AsyncIterable, a ReadableStream or an Observable of bytes',
    given,
    'INVALID_BODY',
  );
}

function ofReader(reader: ReadableStreamDefaultReader<unknown>): PulledBytes {
  return once(
    async () => {
      const { done, value } = await reader.read();
      return done ? undefined : asBytes(value);
    },
    () => reader.cancel(),
  );
}

function ofIterable(
  source: AsyncIterable<unknown> & { destroy?: unknown } & Partial<RestlessSource>,
): PulledBytes {
  const iterator = source[Symbol.asyncIterator]();
  const bytes = once(
    async () => {
      const next: IteratorResult<unknown, unknown> = await iterator.next();
      return next.done === true ? undefined : asBytes(next.value);
    },
    () => {
      // The iterator of a Node stream that was never read lets its stream live.
      if (typeof source.destroy === 'function') (source as { destroy(): void }).destroy();
      return iterator.return?.();
    },
  );
  source[FAILS]?.((cause) => bytes.onFailure?.(cause));
  return bytes;
}

/** Releases at most once; what a source says to being let go of interests nobody any more. */
function once(
  pull: () => Promise<Uint8Array | undefined>,
  end: () => Promise<unknown> | undefined,
): PulledBytes {
  let released = false;
  return {
    pull,
    release: () => {
      if (released) return;
      released = true;
      try {
        end()?.catch(ignore);
      } catch {
        // as above
      }
    },
  };
}

function asBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value))
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  throw invalid('body', 'the source gives bytes (Uint8Array)', value, 'INVALID_BODY');
}

function ignore(): void {
  // on purpose
}
