import { Observable, type Subscriber } from 'rxjs';
import { type ContextToken, contextToken } from '../http/context.js';
import { invalid } from '../http/invalid-input.js';
import { checkCount, countFrom, readOptions } from '../http/option-checks.js';
import type { TaskRequest } from '../http/request.js';
import { checkingInput, fromInput } from '../errors/from-input.js';
import { taskError } from '../errors/task-error.js';
import { type Policy, policy } from '../task/policy.js';
import { Stage } from '../task/stage.js';
import { PriorityQueue } from './priority-queue.js';

/** What waits while all slots are taken. */
export interface LimitConcurrencyOptions {
  /** How many may wait, before `LIMIT_QUEUE`. Default 100,000. */
  readonly maxQueued?: number;
}

/** How urgent a request is to {@link limitConcurrency}: higher goes first, equals in the order they came. Default 0. */
export const PRIORITY: ContextToken<number> = contextToken('priority', 0);

/**
 * Lets at most so many tasks run at once; the others wait and send nothing. One limit for all that share the value.
 *
 * A slot is held from the subscription to the end of what stands to the right: with a retry to the left it is given
 * back during the back-off. Unsubscribing leaves the queue. A full queue is a `limit` error with the code
 * `LIMIT_QUEUE`.
 *
 * @example
 * const polite = limitConcurrency(6);
 * createClient({ interceptors: [retryTransient(), polite] });
 * client.get('/now', { context: [PRIORITY.of(10)] });
 */
export function limitConcurrency(
  maxRunning: number,
  options: LimitConcurrencyOptions = {},
): Policy {
  const { maxQueued = 100_000 } = checkingInput(() => {
    checkCount('maxRunning', maxRunning, 1, true);
    return readOptions('', options, { maxQueued: countFrom(0, true) });
  });
  const slots = new Slots(maxRunning, maxQueued);
  return policy({
    name: 'limitConcurrency',
    intercept: (request, next) =>
      new Observable((subscriber) => {
        slots.enter(subscriber, request, () => next(request));
      }),
    operate: <T>(source: Observable<T>) =>
      new Observable<T>((subscriber) => {
        slots.enter(subscriber, undefined, () => source);
      }),
  });
}

class Slots {
  readonly #maxRunning: number;
  readonly #maxQueued: number;
  readonly #queue = new PriorityQueue<() => void>();
  #running = 0;
  #isDraining = false;

  constructor(maxRunning: number, maxQueued: number) {
    this.#maxRunning = maxRunning;
    this.#maxQueued = maxQueued;
  }

  enter<T>(
    subscriber: Subscriber<T>,
    request: TaskRequest | undefined,
    open: () => Observable<T>,
  ): void {
    const priority = request?.context.get(PRIORITY) ?? 0;
    if (typeof priority !== 'number' || Number.isNaN(priority)) {
      subscriber.error(fromInput(invalid('priority', 'a number', priority), request));
      return;
    }
    const start = (): void => {
      if (subscriber.closed) return;
      this.#running++;
      open().subscribe(new SlotStage(subscriber, this));
    };
    if (this.#running < this.#maxRunning && this.#queue.size === 0) {
      start();
      return;
    }
    if (this.#queue.size >= this.#maxQueued) {
      subscriber.error(this.#full(request));
      return;
    }
    this.#queue.add(start, priority);
    subscriber.add(() => {
      this.#queue.remove(start, priority);
    });
  }

  free(): void {
    this.#running--;
  }

  #full(request: TaskRequest | undefined): Error {
    const message = `${String(this.#maxRunning)} tasks run and ${String(this.#maxQueued)} wait`;
    return taskError(
      'limit',
      { which: 'queue', maxBytes: this.#maxQueued },
      { request, code: 'LIMIT_QUEUE', message },
    );
  }

  /** Starts the next ones in a loop, not from within each other: ten thousand that end at once are no deep stack. */
  drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      while (this.#running < this.#maxRunning) {
        const start = this.#queue.take();
        if (start === undefined) break;
        start();
      }
    } finally {
      this.#isDraining = false;
    }
  }
}

/** Holds a slot: frees it before the end is told, and lets the next one in when all is cleared up. */
class SlotStage<T> extends Stage<T, T> {
  readonly #slots: Slots;
  #holds = true;
  #isLeft = false;

  constructor(downstream: Subscriber<T>, slots: Slots) {
    super(downstream);
    this.#slots = slots;
  }

  protected onNext(value: T): void {
    this.downstream.next(value);
  }

  protected override onComplete(): void {
    this.#free();
    this.downstream.complete();
  }

  protected override onError(error: unknown): void {
    this.#free();
    this.downstream.error(error);
  }

  override unsubscribe(): void {
    super.unsubscribe();
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#free();
    this.#slots.drain();
  }

  #free(): void {
    if (!this.#holds) return;
    this.#holds = false;
    this.#slots.free();
  }
}
