import { Observable, asyncScheduler } from 'rxjs';
import { checkingInput } from '../errors/from-input.js';
import { checkDuration } from '../http/option-checks.js';
import type { DataTaskPublisher } from '../task/task-handler.js';
import { schedule } from '../task/wait.js';
import { type AnswerInit, SENT, headOf } from './exchange-script.js';

/**
 * A 200 whose body comes bit by bit: `sent` and the head at once (or `delayMs` later), each chunk `everyMs` after what
 * was before it, and the end with the last chunk. Text is written as UTF-8.
 *
 * @example
 * answer.drip(['{"n":1}\n', '{"n":2}\n'], 100)
 */
export function drip(
  chunks: readonly (string | Uint8Array)[],
  everyMs: number,
  init: AnswerInit = {},
): DataTaskPublisher {
  checkingInput(() => checkDuration('everyMs', everyMs));
  const head = headOf(200, 'application/octet-stream', init);
  const { delayMs = 0, scheduler = asyncScheduler } = init;
  const bodies = chunks.map((chunk) =>
    typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk,
  );
  return new Observable((subscriber) => {
    const later = (afterMs: number, step: () => void): void => {
      subscriber.add(schedule(scheduler, afterMs, step));
    };
    const from = (index: number): void => {
      const bytes = bodies[index];
      if (bytes === undefined) {
        subscriber.complete();
        return;
      }
      later(everyMs, () => {
        subscriber.next({ type: 'chunk', bytes });
        if (index + 1 === bodies.length) subscriber.complete();
        else from(index + 1);
      });
    };
    const start = (): void => {
      subscriber.next({ type: 'head', head });
      from(0);
    };
    subscriber.next(SENT);
    if (delayMs === 0) start();
    else later(delayMs, start);
  });
}
