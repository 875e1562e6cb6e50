import type { ByteSource, ObservableBytes } from '../http/body.js';
import { invalid } from '../http/invalid-input.js';
import type { PulledBytes } from './pulled-source.js';
import { queued } from './queued-bytes.js';
import { FAILS, type RestlessSource } from './restless-source.js';

/** What of a Node stream is of use here. */
interface NodeStream {
  readonly destroy?: () => unknown;
  readonly on?: (event: 'error', listener: (cause: unknown) => void) => unknown;
}

/** Any source of bytes as one that is pulled. @throws InvalidInput for what is no source */
export function pulled(source: ByteSource): PulledBytes {
  const given = source as unknown;
  if (typeof given === 'object' && given !== null) {
    if ('getReader' in given) return ofReader((given as ReadableStream<unknown>).getReader());
    if (Symbol.asyncIterator in given) return ofIterable(given as AsyncIterable<unknown>);
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
  const { bytes, fails } = once(
    async () => {
      const { done, value } = await reader.read();
      return done ? undefined : asBytes(value);
    },
    () => reader.cancel(),
  );
  reader.closed.catch(fails);
  return bytes;
}

function ofIterable(
  source: AsyncIterable<unknown> & Partial<RestlessSource> & NodeStream,
): PulledBytes {
  const iterator = source[Symbol.asyncIterator]();
  const { bytes, fails } = once(
    async () => {
      const next: IteratorResult<unknown, unknown> = await iterator.next();
      return next.done === true ? undefined : asBytes(next.value);
    },
    () => {
      // The iterator of a Node stream that was never read lets its stream live.
      source.destroy?.();
      return iterator.return?.();
    },
  );
  source[FAILS]?.(fails);
  // The iterator of a Node stream listens from its first turn on: a failure before would be nobody's, and end the process.
  if (typeof source.on === 'function') source.on('error', fails);
  return bytes;
}

/** Releases at most once; what a source says to being let go of interests nobody any more, nor what it says then. */
function once(
  pull: () => Promise<Uint8Array | undefined>,
  end: () => Promise<unknown> | undefined,
): { readonly bytes: PulledBytes; readonly fails: (cause: unknown) => void } {
  let released = false;
  const bytes: PulledBytes = {
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
  const fails = (cause: unknown): void => {
    if (!released) bytes.onFailure?.(cause);
  };
  return { bytes, fails };
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
