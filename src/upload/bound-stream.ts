import { Observable, Subject, Subscription, type TeardownLogic } from 'rxjs';
import { checkingInput, fromInput } from '../errors/from-input.js';
import type { BodyRecipe } from '../http/body.js';
import { invalid } from '../http/invalid-input.js';
import { checkCount, checkOptionNames, ownOptions } from '../http/option-checks.js';
import { FAILS, type RestlessSource } from '../task/restless-source.js';
import { ByteRing } from './byte-ring.js';

/** How a bound pair came to its end. */
export type BoundEnd =
  | { readonly how: 'closed' }
  | { readonly how: 'failed'; readonly cause: unknown }
  /** The reader left: the request was cancelled, answered early, or its connection was lost. */
  | { readonly how: 'abandoned' };

/** The write end of a bound pair. */
export interface BoundOutput {
  /** How many bytes can be taken now. */
  readonly freeBytes: number;
  /** Emits when there is space: at subscribe if there is, then at each change from full to not full. Completes at the end. */
  readonly ready$: Observable<true>;
  /** Whether the pair is at its end, from either side: nothing more is taken. */
  readonly closed: boolean;
  /** Emits how the pair ended, once, then completes; a late subscriber is told too. */
  readonly end$: Observable<BoundEnd>;
  /**
   * Takes as many bytes as there is space for and says how many; 0 when full or closed. The bytes are copied.
   * @throws TaskError `request` for what is no bytes
   */
  write(bytes: Uint8Array): number;
  /** No more bytes: the reader gets what is buffered, then the end of the body. */
  close(): void;
  /** Gives up: the request fails with a `request` error whose cause this is, and what is buffered is dropped. */
  error(cause: unknown): void;
  /** Ends this with the pair: the subscription of a producer, or a function. */
  add(teardown: TeardownLogic): void;
}

/** Two ends of one buffer. */
export interface BoundStream {
  /** The write end. */
  readonly output: BoundOutput;
  /** The read end, a body recipe. It can be opened once: what was read from a buffer is gone. */
  readonly input: BodyRecipe;
}

/**
 * A bound pair of streams: what is written to `output` is what the request that has `input` as its body sends.
 *
 * The bound is real: never more than `bufferBytes` are held, and a server that does not read leaves the buffer full.
 * Writing is partial, as for any stream: look at what `write` returns. Cancelling, failing, an early response or a lost
 * connection ends both ends and everything added to `output`. Before the request has opened `input`, the pair is its
 * maker's alone: a request that is left that early has never seen it, and `output.close()` ends it.
 * @throws TaskError `request` for a size that is none
 *
 * @example
 * const { output, input } = boundStream({ bufferBytes: 4096 });
 * const upload = client.post('/ingest', input).subscribe();
 * output.add(samples$.subscribe((bytes) => output.write(bytes)));
 */
export function boundStream(options: { readonly bufferBytes: number }): BoundStream {
  const bufferBytes = checkingInput(() => {
    checkOptionNames('boundStream', options, ['bufferBytes']);
    return checkCount('boundStream.bufferBytes', ownOptions(options).bufferBytes, 1);
  });
  const pair = new BoundPair(bufferBytes);
  return { output: pair, input: () => pair.open() };
}

class BoundPair implements BoundOutput {
  readonly #ring: ByteRing;
  readonly #space = new Subject<true>();
  readonly #producers = new Subscription();
  #end: BoundEnd | undefined;
  #opened = false;
  /** The reader that waits for bytes or the end. */
  #wake: (() => void) | undefined;
  #onFailure: ((cause: unknown) => void) | undefined;

  readonly ready$ = new Observable<true>((subscriber) => {
    if (this.#end === undefined && this.freeBytes > 0) subscriber.next(true);
    return this.#space.subscribe(subscriber);
  });

  readonly end$ = new Observable<BoundEnd>((subscriber) => {
    const told = new Subscription(() => {
      if (this.#end !== undefined) subscriber.next(this.#end);
      subscriber.complete();
    });
    this.#producers.add(told);
    return () => {
      this.#producers.remove(told);
    };
  });

  constructor(bufferBytes: number) {
    this.#ring = new ByteRing(bufferBytes);
  }

  get freeBytes(): number {
    return this.closed ? 0 : this.#ring.free;
  }

  get closed(): boolean {
    return this.#end !== undefined;
  }

  write(bytes: Uint8Array): number {
    if (!ArrayBuffer.isView(bytes))
      throw fromInput(invalid('boundStream.write', 'bytes (Uint8Array)', bytes));
    if (this.closed) return 0;
    const taken = this.#ring.put(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (taken > 0) this.#wakeReader();
    return taken;
  }

  close(): void {
    this.#finish({ how: 'closed' });
  }

  error(cause: unknown): void {
    this.#finish({ how: 'failed', cause });
  }

  add(teardown: TeardownLogic): void {
    this.#producers.add(teardown);
  }

  open(): AsyncIterable<Uint8Array> {
    if (this.#opened) {
      throw invalid(
        'body',
        'a bound pair can be read only once: make a new pair in the recipe',
        undefined,
        'BODY_NOT_REPLAYABLE',
      );
    }
    this.#opened = true;
    let last: Promise<unknown> = Promise.resolve();
    const reader: AsyncIterableIterator<Uint8Array> & RestlessSource = {
      [FAILS]: (onFailure) => {
        this.#onFailure = onFailure;
      },
      // In turn, as a generator answers who asks twice at once.
      next: () => {
        const result = last.then(() => this.#read());
        last = result.catch(() => undefined);
        return result;
      },
      return: () => {
        this.#finish({ how: 'abandoned' });
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]: () => reader,
    };
    return reader;
  }

  async #read(): Promise<IteratorResult<Uint8Array>> {
    while (this.#ring.used === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#end?.how === 'failed') throw this.#end.cause;
    if (this.#end?.how === 'abandoned' || this.#ring.used === 0)
      return { done: true, value: undefined };
    const wasFull = this.#ring.free === 0;
    const value = this.#ring.take();
    if (wasFull && this.#end === undefined) this.#space.next(true);
    return { done: false, value };
  }

  #finish(end: BoundEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    // A reader whose socket is stalled would not come back to ask.
    if (end.how === 'failed' && this.#wake === undefined) this.#onFailure?.(end.cause);
    this.#wakeReader();
    this.#space.complete();
    this.#producers.unsubscribe();
  }

  #wakeReader(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
