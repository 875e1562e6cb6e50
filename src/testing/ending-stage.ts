import type { Subscriber } from 'rxjs';
import { Stage } from '../task/stage.js';
import type { TaskEvent } from '../task/task-event.js';

/** Says how an exchange ended, before anybody behind it hears of it. Nothing is said when it is cancelled. */
export class EndingStage extends Stage<TaskEvent, TaskEvent> {
  readonly #ended: (how: 'completed' | 'failed') => void;

  constructor(downstream: Subscriber<TaskEvent>, ended: (how: 'completed' | 'failed') => void) {
    super(downstream);
    this.#ended = ended;
  }

  protected onNext(event: TaskEvent): void {
    this.downstream.next(event);
  }

  protected override onComplete(): void {
    this.#ended('completed');
    this.downstream.complete();
  }

  protected override onError(error: unknown): void {
    this.#ended('failed');
    this.downstream.error(error);
  }
}
