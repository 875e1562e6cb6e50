import { Observable, type Subscriber } from 'rxjs';
import { checkingInput } from '../errors/from-input.js';
import { taskError } from '../errors/task-error.js';
import { checkCount } from '../http/option-checks.js';
import { Stage } from '../task/stage.js';
import type { TaskEvent } from '../task/task-event.js';
import type { DataTaskPublisher } from '../task/task-handler.js';

/**
 * Another answer of which only the first bytes of the body arrive: then the connection breaks off, a network error
 * `BODY_TRUNCATED`. A body that is not longer is cut at its end.
 *
 * @example
 * answer.cutAfter(3, answer.json(200, [1, 2, 3]))
 */
export function cutAfter(byteCount: number, whole: DataTaskPublisher): DataTaskPublisher {
  checkingInput(() => checkCount('byteCount', byteCount, 0));
  return new Observable((subscriber) => {
    whole.subscribe(new CutStage(subscriber, byteCount));
  });
}

class CutStage extends Stage<TaskEvent, TaskEvent> {
  #left: number;

  constructor(downstream: Subscriber<TaskEvent>, byteCount: number) {
    super(downstream);
    this.#left = byteCount;
  }

  protected onNext(event: TaskEvent): void {
    if (event.type !== 'chunk') {
      this.downstream.next(event);
      return;
    }
    const bytes = event.bytes.subarray(0, this.#left);
    this.#left -= bytes.byteLength;
    if (bytes.byteLength > 0) this.downstream.next({ type: 'chunk', bytes });
    if (bytes.byteLength < event.bytes.byteLength) throw truncated();
  }

  protected override onComplete(): void {
    throw truncated();
  }
}

function truncated(): Error {
  const message = 'the body broke off, as the fake was told to';
  return taskError('network', { sent: true }, { code: 'BODY_TRUNCATED', message });
}
