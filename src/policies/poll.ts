import { Observable, type OperatorFunction, type Subscriber, Subscription } from 'rxjs';
import { checkingInput } from '../errors/from-input.js';
import { isTaskError } from '../errors/task-error.js';
import { checkDuration, checkOptionNames, ownOptions } from '../http/option-checks.js';
import { heed } from '../task/heed.js';
import { Stage } from '../task/stage.js';
import { WatchStage } from '../task/watch-stage.js';
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
 * Requests never overlap, and it never completes. The first failure ends it: put `retryTransient()` in front for
 * patience, and `pauseWhile(hidden$)` in front to rest while nobody looks. Stands right after the task or another policy.
 * @throws TypeError when an operator in front hides the request; TaskError `request` for a wrong option, naming it
 *
 * @example
 * client.get<Status>('/status').pipe(pauseWhile(hidden$), poll({ everyMs: 5_000 })).subscribe(show);
 */
export function poll<T>(options: PollOptions): OperatorFunction<T, T> {
  const everyMs = checkingInput(() => {
    checkOptionNames('poll', options, ['everyMs']);
    return checkDuration('poll.everyMs', ownOptions(options).everyMs);
  });
  return (source) => {
    if (!isTaskView(source))
      throw new TypeError(
        'poll needs the request: put it right after the task, as in client.get(url).pipe(poll({ everyMs }))',
      );
    return polling(source as TaskView<T>, everyMs);
  };
}

/** Elsewhere `If-None-Match` is a condition of the effect, and its failure a 412 (RFC 9110 section 13.1.2). */
const SAFE = /^(GET|HEAD)$/;

function polling<T>(task: TaskView<T>, everyMs: number): Observable<T> {
  return new Observable<T>((subscriber) => {
    // The signal ends the pauses too, in which no request is under way.
    if (!heed(task.request, subscriber)) return;
    const scheduler = schedulerFor(task.request, undefined);
    let etag: string | undefined;
    let startedAt = scheduler.now();
    const conditional: Interceptor = (request, next) =>
      new Observable<TaskEvent>((events) => {
        const asked =
          etag === undefined || !SAFE.test(request.method)
            ? request
            : request.clone({ headers: request.headers.set('if-none-match', etag) });
        next(asked).subscribe(
          new WatchStage(events, (event) => {
            if (event.type === 'sent') startedAt = scheduler.now();
            else if (event.type === 'head') etag = event.head.headers.get('etag');
          }),
        );
      });
    const conditionally = task.with(conditional);
    const ask = (): void => {
      startedAt = scheduler.now();
      const again = (): void => {
        // Made first: a scheduler may call back before it returns.
        const pause = new Subscription();
        subscriber.add(pause);
        pause.add(
          schedule(scheduler, Math.max(0, startedAt + everyMs - scheduler.now()), () => {
            pause.unsubscribe();
            ask();
          }),
        );
      };
      conditionally.subscribe(new RoundStage(subscriber, again));
    };
    ask();
  });
}

/** One round: its end is not the end. */
class RoundStage<T> extends Stage<T, T> {
  readonly #again: () => void;

  constructor(downstream: Subscriber<T>, again: () => void) {
    super(downstream);
    this.#again = again;
  }

  protected onNext(value: T): void {
    this.downstream.next(value);
  }

  protected override onComplete(): void {
    this.#again();
  }

  protected override onError(error: unknown): void {
    if (isTaskError(error, 'status') && error.status === 304) this.#again();
    else this.downstream.error(error);
  }
}
