import { type SchedulerLike, Observable, asyncScheduler } from 'rxjs';
import { checkingInput } from '../errors/from-input.js';
import { HeaderFields, type HeaderFieldsInit } from '../http/header-fields.js';
import { checkCount, checkDuration, checkOptionNames } from '../http/option-checks.js';
import type { ResponseHead } from '../http/response.js';
import type { TaskEvent } from '../task/task-event.js';
import type { DataTaskPublisher } from '../task/task-handler.js';
import { schedule } from '../task/wait.js';

/** When an answer comes. */
export interface AnswerTiming {
  /** Milliseconds between `sent` and the answer. Default 0: everything within `subscribe`. */
  readonly delayMs?: number | undefined;
  /** The clock of `delayMs`. Default `asyncScheduler`, which is virtual inside `TestScheduler.run`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** What an answer is beside its status and body. */
export interface AnswerInit extends AnswerTiming {
  /** Header fields of the response; a `Content-Type` that fits the body is there unless named here. */
  readonly headers?: HeaderFieldsInit;
  /** The reason phrase. Default none, as in HTTP/2. */
  readonly statusText?: string;
  /** Whether download progress is told behind the body, when somebody looks at progress. Default `false`. */
  readonly progress?: boolean;
  /** The URL that answered. Default the request's. */
  readonly url?: string;
}

/** The start of every exchange. The client puts the request's own attempt in. */
export const SENT: TaskEvent = { type: 'sent', attempt: 1 };

const KNOWN = ['headers', 'statusText', 'url', 'progress', 'delayMs', 'scheduler'];

/** The head of an answer, checked. @throws TaskError `request` for a status, an option or a header that cannot be */
export function headOf(
  status: number,
  contentType: string | undefined,
  init: AnswerInit,
): ResponseHead {
  return checkingInput(() => {
    checkOptionNames('answer', init, KNOWN);
    const typed =
      contentType === undefined
        ? HeaderFields.empty
        : HeaderFields.from({ 'content-type': contentType });
    return {
      status: checkCount('status', status, 100),
      statusText: init.statusText ?? '',
      headers: init.headers === undefined ? typed : typed.merge(init.headers),
      url: init.url ?? '',
    };
  });
}

/** `sent` at once, these events after the delay, then completion, or the error that `failure` makes. */
export function script(
  events: readonly TaskEvent[],
  { delayMs = 0, scheduler = asyncScheduler }: AnswerTiming,
  failure?: () => unknown,
): DataTaskPublisher {
  checkingInput(() => checkDuration('delayMs', delayMs));
  return new Observable((subscriber) => {
    const rest = (): void => {
      for (const event of events) {
        if (subscriber.closed) return;
        subscriber.next(event);
      }
      if (failure === undefined) subscriber.complete();
      else subscriber.error(failure());
    };
    subscriber.next(SENT);
    if (delayMs === 0) rest();
    else subscriber.add(schedule(scheduler, delayMs, rest));
  });
}
