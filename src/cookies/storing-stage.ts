import { type Subscriber, from } from 'rxjs';
import type { FlowGate } from '../http/flow.js';
import type { ResponseHead } from '../http/response.js';
import { Stage } from '../task/stage.js';
import type { TaskEvent } from '../task/task-event.js';

/** Hands on a head when its cookies are kept, and what comes behind it after it; the server is held back meanwhile. */
export class StoringStage extends Stage<TaskEvent, TaskEvent> {
  readonly #keep: (head: ResponseHead) => Promise<void> | undefined;
  readonly #gate: FlowGate;
  #held: TaskEvent[] | undefined;
  #end: { readonly error?: unknown } | undefined;

  constructor(
    downstream: Subscriber<TaskEvent>,
    keep: (head: ResponseHead) => Promise<void> | undefined,
    gate: FlowGate,
  ) {
    super(downstream);
    this.#keep = keep;
    this.#gate = gate;
  }

  protected onNext(event: TaskEvent): void {
    if (this.#held !== undefined) {
      this.#held.push(event);
      return;
    }
    const keeping = event.type === 'head' ? this.#keep(event.head) : undefined;
    if (keeping === undefined) this.downstream.next(event);
    else this.#hold(event, keeping);
  }

  protected override onComplete(): void {
    if (this.#held === undefined) this.downstream.complete();
    else this.#end = {};
  }

  protected override onError(error: unknown): void {
    if (this.#held === undefined) this.downstream.error(error);
    else this.#end = { error };
  }

  #hold(head: TaskEvent, keeping: Promise<void>): void {
    this.#held = [head];
    this.#gate.set(true);
    this.downstream.add(
      from(keeping).subscribe({
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
    this.#gate.set(false);
    const end = this.#end;
    if (end === undefined) return;
    if ('error' in end) this.downstream.error(end.error);
    else this.downstream.complete();
  }
}
