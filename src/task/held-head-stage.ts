import { type Observable, type Subscriber, from } from 'rxjs';
import type { FlowGate } from '../http/flow.js';
import type { ResponseHead } from '../http/response.js';
import { Stage } from './stage.js';
import type { TaskEvent } from './task-event.js';

/** What an exchange is watched by. */
export interface HeadWatch {
  /** Each event, as it comes. */
  readonly saw?: (event: TaskEvent) => void;
  /** What there is to do with a head before it is handed on. */
  readonly learn: (head: ResponseHead) => Promise<void> | undefined;
  /** What happens instead of a failure. */
  readonly failed?: (error: unknown) => Observable<TaskEvent>;
}

/** Hands events on; a head waits until what it teaches was learned, and the server is held back meanwhile. */
export class HeldHeadStage extends Stage<TaskEvent, TaskEvent> {
  readonly #watch: HeadWatch;
  readonly #gate: FlowGate;
  /** What came since the head that is being learned from. */
  #held: TaskEvent[] | undefined;
  #end: { readonly error?: unknown } | undefined;

  constructor(downstream: Subscriber<TaskEvent>, watch: HeadWatch, gate: FlowGate) {
    super(downstream);
    this.#watch = watch;
    this.#gate = gate;
  }

  protected onNext(event: TaskEvent): void {
    if (this.#held !== undefined) {
      this.#held.push(event);
      return;
    }
    this.#watch.saw?.(event);
    const learning = event.type === 'head' ? this.#watch.learn(event.head) : undefined;
    if (learning === undefined) this.downstream.next(event);
    else this.#hold(event, learning);
  }

  protected override onComplete(): void {
    if (this.#held === undefined) this.downstream.complete();
    else this.#end = {};
  }

  protected override onError(error: unknown): void {
    if (this.#held === undefined) this.#fail(error);
    else this.#end = { error };
  }

  #hold(head: TaskEvent, learning: Promise<void>): void {
    this.#held = [head];
    this.#gate.set(true);
    this.downstream.add(
      from(learning).subscribe({
        next: () => {
          this.#release();
        },
        error: (error: unknown) => {
          this.unsubscribe();
          this.downstream.error(error);
        },
      }),
    );
  }

  #release(): void {
    const [head, ...rest] = this.#held ?? [];
    this.#held = undefined;
    if (head !== undefined) this.downstream.next(head);
    for (const event of rest) this.onNext(event);
    // One of them was another head, which is waited for in its turn.
    if (this.#isHolding()) return;
    this.#gate.set(false);
    const end = this.#end;
    if (end === undefined) return;
    if ('error' in end) this.#fail(end.error);
    else this.downstream.complete();
  }

  #isHolding(): boolean {
    return this.#held !== undefined;
  }

  #fail(error: unknown): void {
    const { failed } = this.#watch;
    if (failed === undefined) this.downstream.error(error);
    else failed(error).subscribe(this.downstream);
  }
}
