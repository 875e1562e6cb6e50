import type { Subscriber } from 'rxjs';

/** A value now or a promise of one: who answers at once is heard at once. */
export type Awaitable<T> = T | PromiseLike<T>;

/** Goes on with a value when it is there, at once where it is; nothing happens once the subscriber has left. */
export function whenThere<T>(
  value: Awaitable<T>,
  subscriber: Subscriber<never>,
  go: (value: T) => void,
  failed: (cause: unknown) => void = (cause) => {
    subscriber.error(cause);
  },
): void {
  if (!isPromise(value)) {
    if (!subscriber.closed) go(value);
    return;
  }
  value.then(
    (late) => {
      if (subscriber.closed) return;
      try {
        go(late);
      } catch (cause) {
        subscriber.error(cause);
      }
    },
    (cause: unknown) => {
      if (!subscriber.closed) failed(cause);
    },
  );
}

/** Whether the value is not there yet. */
export function isPromise<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then === 'function';
}
