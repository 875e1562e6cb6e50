import type { Observable, Subscription } from 'rxjs';
import { FlowGate } from '../http/flow.js';

interface Waiter<T> {
  resolve(result: IteratorResult<T>): void;
  reject(cause: unknown): void;
}

/**
 * Walks an Observable with `for await`. Subscribes at the first `next()`, closes the gate while the loop is busy, and
 * unsubscribes on `break`, `return` and `throw`.
 */
export function iterate<T>(
  source: Observable<T>,
  gate: FlowGate = new FlowGate(),
): AsyncIterableIterator<T> {
  const ready: T[] = [];
  const waiting: Waiter<T>[] = [];
  let subscription: Subscription | undefined;
  let end: { readonly error?: unknown } | undefined;
  let left = false;

  const settle = (waiter: Waiter<T>): void => {
    if (ready.length > 0) waiter.resolve({ done: false, value: ready.shift() as T });
    else if (end !== undefined && 'error' in end) {
      const { error } = end;
      end = {};
      waiter.reject(error);
    } else if (end !== undefined) waiter.resolve({ done: true, value: undefined });
    else {
      waiting.push(waiter);
      gate.set(false);
    }
  };
  const finish = (how: { readonly error?: unknown }): void => {
    end = how;
    for (const waiter of waiting.splice(0)) settle(waiter);
  };
  const start = (): Subscription =>
    source.subscribe({
      next: (value) => {
        ready.push(value);
        const waiter = waiting.shift();
        if (waiter !== undefined) settle(waiter);
        if (waiting.length === 0) gate.set(true);
      },
      error: (error: unknown) => {
        finish({ error });
      },
      complete: () => {
        finish({});
      },
    });
  const leave = (): Promise<IteratorResult<T>> => {
    left = true;
    ready.length = 0;
    finish({});
    subscription?.unsubscribe();
    return Promise.resolve({ done: true, value: undefined });
  };

  return {
    next: () =>
      new Promise((resolve, reject) => {
        settle({ resolve, reject });
        subscription ??= end === undefined ? start() : undefined;
        // Left within its subscribing: there was nothing to unsubscribe yet.
        if (left) subscription?.unsubscribe();
      }),
    return: leave,
    throw: async (cause: unknown) => {
      await leave();
      throw cause;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
