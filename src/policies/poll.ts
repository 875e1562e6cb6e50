import { Observable, type OperatorFunction, type Subscriber } from 'rxjs';
import { checkingInput } from '../errors/from-input.js';
import { isTaskError } from '../errors/task-error.js';
import { checkDuration, checkOptionNames } from '../http/option-checks.js';
import { Stage } from '../task/stage.js';
import { schedulerFor } from '../task/surroundings.js';
import type { TaskEvent } from '../task/task-event.js';
import type { Interceptor } from '../task/task-handler.js';
import { type TaskView, isTaskView } from '../task/task-view.js';
import { schedule } from '../task/wait.js';

/** How often to ask. */
export interface PollOptions {
  /** Milliseconds from one request to the next; a request that takes longer delays the next. */
  readonly everyMs: number;
}

/**
 * Asks again and again, and emits only what is new: an `ETag` is sent back as `If-None-Match`, and a 304 emits nothing.
 *
 * Requests never overlap. The first failure ends it: put `retryTransient()` in front for patience, and
 * `pauseWhile(hidden$)` in front to rest while nobody looks. Stands right after the task or another policy.
 *
 * @example
 * client.get<Status>('/status').pipe(pauseWhile(hidden$), poll({ everyMs: 5_000 })).subscribe(show);
 */
export function poll<T>(options: PollOptions): OperatorFunction<T, T> {
  const everyMs = checkingInput(() => {
    checkOptionNames('poll', options, ['everyMs']);
    return checkDuration('poll.everyMs', options.everyMs);
  });
  return (source) => {
    if (!isTaskView(source)) throw new TypeError('poll needs the request: put it right after the task, as in client.get(url).pipe(poll({ everyMs }))');
    return polling(source as TaskView<T>, everyMs);
  };
}

function polling<T>(task: TaskView<T>, everyMs: number): Observable<T> {
  return new Observable<T>((subscriber) => {
    const scheduler = schedulerFor(task.request, undefined);
    let etag: string | undefined;
    const conditional: Interceptor = (request, next) =>
      new Observable<TaskEvent>((events) => {
        const asked = etag === undefined ? request : request.clone({ headers: request.headers.set('if-none-match', etag) });
        next(asked).subscribe(
          new TagStage(events, (tag) => {
            etag = tag;
          }),
        );
      });
    const conditionally = task.with(conditional);
    const ask = (): void => {
      const startedAt = scheduler.now();
      const again = (): void => {
        const pause = schedule(scheduler, Math.max(0, startedAt + everyMs - scheduler.now()), () => {
          subscriber.remove(pause);
          ask();
        });
        subscriber.add(pause);
      };
      const round = conditionally.subscribe({
        next: (value) => {
          subscriber.next(value);
        },
        error: (error: unknown) => {
          subscriber.remove(round);
          if (isTaskError(error, 'status') && error.status === 304) again();
          else subscriber.error(error);
        },
        complete: () => {
          subscriber.remove(round);
          again();
        },
      });
      subscriber.add(round);
    };
    ask();
  });
}

class TagStage extends Stage<TaskEvent, TaskEvent> {
  readonly #onTag: (tag: string | undefined) => void;

  constructor(downstream: Subscriber<TaskEvent>, onTag: (tag: string | undefined) => void) {
    super(downstream);
    this.#onTag = onTag;
  }

  protected onNext(event: TaskEvent): void {
    if (event.type === 'head') this.#onTag(event.head.headers.get('etag'));
    this.downstream.next(event);
  }
}
