import { Observable, type Subscriber } from 'rxjs';
import { taskError } from '../errors/task-error.js';
import type { ObservableBytes } from '../http/body.js';
import type { PulledBytes } from './pulled-source.js';

/** What may wait for the socket: an Observable cannot be asked to wait. */
const MOST_BYTES = 4 * 1024 * 1024;

/** An Observable as a source that is pulled: what comes while the socket is busy waits, up to a bound. */
export function queued(
  source: ObservableBytes,
  asBytes: (value: unknown) => Uint8Array,
): PulledBytes {
  const waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let end: { readonly error?: unknown } | undefined;
  let wake: (() => void) | undefined;
  /** There already while the source is only being subscribed: an end may come then. */
  let inner: Subscriber<unknown> | undefined;

  const stir = (): void => {
    const woken = wake;
    wake = undefined;
    woken?.();
  };
  const finish = (how: { readonly error?: unknown }): void => {
    if (end !== undefined) return;
    end = how;
    inner?.unsubscribe();
    if ('error' in how && wake === undefined) bytes.onFailure?.(how.error);
    stir();
  };
  const take = (taken: Uint8Array): void => {
    waiting.push(taken);
    waitingBytes += taken.byteLength;
    if (waitingBytes > MOST_BYTES && waiting.length > 1) finish({ error: overflow() });
    else stir();
  };
  const begin = (): void => {
    new Observable<unknown>((subscriber) => {
      inner = subscriber;
      return source.subscribe(subscriber);
    }).subscribe({
      next: (value) => {
        try {
          take(asBytes(value));
        } catch (error) {
          finish({ error });
        }
      },
      error: (error: unknown) => {
        finish({ error });
      },
      complete: () => {
        finish({});
      },
    });
  };

  const bytes: PulledBytes = {
    pull: async () => {
      if (inner === undefined && end === undefined) begin();
      while (waiting.length === 0 && end === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (end !== undefined && 'error' in end) throw end.error;
      const next = waiting.shift();
      waitingBytes -= next?.byteLength ?? 0;
      return next;
    },
    release: () => {
      waiting.length = 0;
      finish({});
    },
  };
  return bytes;
}

function overflow(): Error {
  const message =
    'the Observable body is faster than the connection: give an AsyncIterable, or fromHot() with a declared overflow';
  return taskError(
    'limit',
    { which: 'queue', maxBytes: MOST_BYTES },
    { code: 'LIMIT_QUEUE', message },
  );
}
