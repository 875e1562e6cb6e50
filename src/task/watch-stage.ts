import type { Subscriber } from 'rxjs';
import { Stage } from './stage.js';
import type { TaskEvent } from './task-event.js';

/** Hands every event on and looks at it first. */
export class WatchStage extends Stage<TaskEvent, TaskEvent> {
  readonly #see: (event: TaskEvent) => void;

  constructor(downstream: Subscriber<TaskEvent>, see: (event: TaskEvent) => void) {
    super(downstream);
    this.#see = see;
  }

  protected onNext(event: TaskEvent): void {
    this.#see(event);
    this.downstream.next(event);
  }
}
