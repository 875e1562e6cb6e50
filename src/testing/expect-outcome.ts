import { type Observable, type SchedulerLike, asyncScheduler } from 'rxjs';
import { checkingInput } from '../errors/from-input.js';
import { checkDuration } from '../http/option-checks.js';
import { isTaskView } from '../task/task-view.js';
import { schedule } from '../task/wait.js';
import { requestText } from './request-pattern.js';

/** How an Observable ended: with these values, or with an error after these values. */
export type Outcome<T> =
  | { readonly ok: true; readonly values: readonly T[] }
  | { readonly ok: false; readonly error: unknown; readonly values: readonly T[] };

/** How long to wait for an outcome. */
export interface OutcomeOptions {
  /** Milliseconds until the end must have come. Default 1000. */
  readonly withinMs?: number;
  /** The clock of `withinMs`. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}

/**
 * Subscribes, and tells how it ended; rejects when neither value nor error arrives: on an empty completion, and when
 * the time is up, which also unsubscribes.
 *
 * @example
 * expect(await expectOutcome(client.get('/users/1'))).toEqual({ ok: true, values: [{ name: 'Ada' }] });
 */
export function expectOutcome<T>(
  source: Observable<T>,
  { withinMs = 1000, scheduler = asyncScheduler }: OutcomeOptions = {},
): Promise<Outcome<T>> {
  checkingInput(() => checkDuration('withinMs', withinMs));
  const told = isTaskView(source) ? ` of ${requestText(source.request)}` : '';
  return new Promise((resolve, reject) => {
    const values: T[] = [];
    const limit = schedule(scheduler, withinMs, () => {
      subscription.unsubscribe();
      reject(
        new Error(
          `No outcome${told} within ${String(withinMs)} ms; values so far: ${String(values.length)}`,
        ),
      );
    });
    const subscription = source.subscribe({
      next: (value) => values.push(value),
      error: (error: unknown) => {
        limit.unsubscribe();
        resolve({ ok: false, error, values });
      },
      complete: () => {
        limit.unsubscribe();
        if (values.length > 0) resolve({ ok: true, values });
        else reject(new Error(`Neither value nor error${told}: it completed empty`));
      },
    });
  });
}
