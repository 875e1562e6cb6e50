import type { Subscriber } from 'rxjs';
import { type Awaitable, whenThere } from './awaitable.js';

/**
 * Steps that follow each other in a loop rather than from within each other: a thousand chunks of a fake that answers
 * at once are no deep stack.
 */
export class StepLoop {
  readonly #out: Subscriber<never>;
  readonly #failed: (cause: unknown) => void;
  #next: (() => void) | undefined;
  #running = false;

  /** Steps that end when the subscriber has left. */
  constructor(out: Subscriber<never>, failed: (cause: unknown) => void) {
    this.#out = out;
    this.#failed = failed;
  }

  /** What comes next: now, or when the step that is running has returned. What it throws is a failure. */
  then(step: () => void): void {
    this.#next = step;
    if (this.#running) return;
    this.#running = true;
    try {
      for (let now = this.#take(); now !== undefined && !this.#out.closed; now = this.#take())
        now();
    } catch (cause) {
      this.#failed(cause);
    } finally {
      this.#running = false;
    }
  }

  /** Goes on with what is there, or will be. */
  when<T>(value: Awaitable<T>, go: (value: T) => void): void {
    const step = (there: T): void => {
      this.then(() => {
        go(there);
      });
    };
    whenThere(value, this.#out, step, this.#failed);
  }

  #take(): (() => void) | undefined {
    const step = this.#next;
    this.#next = undefined;
    return step;
  }
}
