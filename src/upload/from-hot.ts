import { type Observable, Subject, isObservable, takeUntil } from 'rxjs';
import { checkingInput } from '../errors/from-input.js';
import { taskError } from '../errors/task-error.js';
import type { BodyRecipe } from '../http/body.js';
import { invalid } from '../http/invalid-input.js';
import { checkCount, checkOptionNames, ownOptions } from '../http/option-checks.js';
import { FAILS, type RestlessSource } from '../task/restless-source.js';

/** What happens to a chunk for which there is no room: the upload fails, the oldest goes, or the new one goes. */
export type Overflow = 'error' | 'dropOldest' | 'dropNewest';

/** The buffer between a source that cannot wait and a socket that makes it wait. */
export interface HotSourceOptions {
  /** How many chunks are held while the socket is not ready. */
  readonly capacity: number;
  /** Default `error`. */
  readonly overflow?: Overflow;
}

/** A body recipe that says what it had to drop. */
export interface HotBody extends BodyRecipe {
  /** How many chunks were dropped so far, over all attempts: emits the count at each drop. */
  readonly dropped$: Observable<number>;
}

/**
 * A body made of a source that cannot be paused: a microphone, a timer, a socket. While the network is slower than the
 * source, up to `capacity` chunks wait in a circular buffer; past that the declared overflow applies. They wait as they
 * are, not copied: a source that writes into the same memory again gives copies.
 *
 * The source is subscribed once per attempt and unsubscribed at every end.
 * @throws TaskError `limit` (`which: 'queue'`) on the task, for overflow `error`
 *
 * @example
 * const body = fromHot(frames$, { capacity: 64, overflow: 'dropOldest' });
 * client.post('/camera', body).subscribe();
 */
export function fromHot(source$: Observable<Uint8Array>, options: HotSourceOptions): HotBody {
  const { capacity, overflow } = checkingInput(() => {
    if (!isObservable(source$)) throw invalid('fromHot.source$', 'an Observable of bytes', source$);
    checkOptionNames('fromHot', options, ['capacity', 'overflow']);
    const { capacity: chunks, overflow: how = 'error' } = ownOptions(options);
    if (!['error', 'dropOldest', 'dropNewest'].includes(how))
      throw invalid('fromHot.overflow', "'error', 'dropOldest' or 'dropNewest'", how);
    return { capacity: checkCount('fromHot.capacity', chunks, 1), overflow: how };
  });
  const drops = new Subject<number>();
  let dropped = 0;
  const onDrop = (): void => {
    dropped += 1;
    drops.next(dropped);
  };
  const open: BodyRecipe = () => new HotReader(source$, capacity, overflow, onDrop);
  return Object.assign(open, { dropped$: drops.asObservable() });
}

interface Waiter {
  resolve(result: IteratorResult<Uint8Array>): void;
  reject(cause: unknown): void;
}

class HotReader implements AsyncIterableIterator<Uint8Array>, RestlessSource {
  readonly #chunks: Uint8Array[] = [];
  readonly #waiters: Waiter[] = [];
  readonly #source$: Observable<Uint8Array>;
  readonly #capacity: number;
  readonly #overflow: Overflow;
  readonly #onDrop: () => void;
  /** Ends the source also while it is only being subscribed. */
  readonly #leave = new Subject<void>();
  #begun = false;
  #onFailure: ((cause: unknown) => void) | undefined;
  #end: { readonly cause?: unknown } | undefined;

  constructor(
    source$: Observable<Uint8Array>,
    capacity: number,
    overflow: Overflow,
    onDrop: () => void,
  ) {
    this.#source$ = source$;
    this.#capacity = capacity;
    this.#overflow = overflow;
    this.#onDrop = onDrop;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      if (!this.#begun && this.#end === undefined) this.#begin();
      this.#serve();
    });
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.#chunks.length = 0;
    this.#finish({});
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [FAILS](onFailure: (cause: unknown) => void): void {
    this.#onFailure = onFailure;
  }

  #begin(): void {
    this.#begun = true;
    this.#source$.pipe(takeUntil(this.#leave)).subscribe({
      next: (bytes) => {
        this.#take(bytes);
      },
      error: (cause: unknown) => {
        this.#finish({ cause });
      },
      complete: () => {
        this.#finish({});
      },
    });
  }

  #take(bytes: Uint8Array): void {
    if (this.#chunks.length >= this.#capacity && this.#waiters.length === 0) {
      if (this.#overflow === 'error') {
        this.#chunks.length = 0;
        this.#finish({ cause: overflowed(this.#capacity) });
        return;
      }
      this.#onDrop();
      if (this.#overflow === 'dropNewest') return;
      this.#chunks.shift();
    }
    this.#chunks.push(bytes);
    this.#serve();
  }

  #finish(end: { readonly cause?: unknown }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#leave.next();
    // What waits for a stalled connection will not be asked for: the request fails with or without it.
    if ('cause' in end && this.#waiters.length === 0) this.#onFailure?.(end.cause);
    this.#serve();
  }

  #serve(): void {
    while (this.#waiters.length > 0 && (this.#chunks.length > 0 || this.#end !== undefined)) {
      const waiter = this.#waiters.shift();
      const bytes = this.#chunks.shift();
      if (bytes !== undefined) waiter?.resolve({ done: false, value: bytes });
      else if (this.#end !== undefined && 'cause' in this.#end) waiter?.reject(this.#end.cause);
      else waiter?.resolve({ done: true, value: undefined });
    }
  }
}

function overflowed(capacity: number): Error {
  const message = `the source was ahead of the network by more than ${String(capacity)} chunks`;
  return taskError(
    'limit',
    { which: 'queue', maxBytes: capacity },
    { code: 'LIMIT_QUEUE', message },
  );
}
