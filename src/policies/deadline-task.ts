import type { TaskError } from '../errors/task-error.js';
import type { TaskEvent } from '../task/task-event.js';
import { DeadlineStage } from './deadline-stage.js';
import { remember } from './previous-errors.js';

/** Watches an exchange: it knows what its events mean. */
export class DeadlineTaskStage extends DeadlineStage<TaskEvent> {
  #previous: readonly TaskError[] = [];

  protected override look(event: TaskEvent): void {
    if (event.type === 'head') this.onAnswered();
    else if (event.type === 'upload' || event.type === 'redirecting') this.onConnected();
    else if (event.type === 'retrying') {
      this.#previous = remember(this.#previous, event.cause);
      this.onPause(event.delayMs);
    }
  }

  protected override previous(): readonly TaskError[] {
    return this.#previous;
  }
}
