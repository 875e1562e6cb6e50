import { Observable } from 'rxjs';
import { checkingInput } from '../errors/from-input.js';
import { ownOptions } from '../http/option-checks.js';
import type { TaskRequest } from '../http/request.js';
import { type Policy, policy } from '../task/policy.js';
import { RANDOM, schedulerFor } from '../task/surroundings.js';
import type { TaskEvent } from '../task/task-event.js';
import { newRetryBudget } from './retry-budget.js';
import {
  RETRY,
  RETRY_BUDGET,
  type RetryOptions,
  completeRules,
  ownRetryOptions,
  ownRetryOverride,
} from './retry-options.js';
import { PlainRetryRun } from './retry-plain.js';
import type { RetrySettings } from './retry-run.js';
import { TaskRetryRun } from './retry-task.js';

/**
 * Tries again what may pass by itself: an attempt that never reached the server, a timeout, a cut connection, a status
 * of the list.
 *
 * Pauses grow exponentially with full jitter; `Retry-After` and the rate-limit fields are obeyed, and a wait beyond
 * `maxRetryAfterMs` gives up at once. Each pause is an event `retrying`, each attempt runs everything to the right
 * anew. Only idempotent methods are sent again unless asked, and then with the same `Idempotency-Key` on each attempt.
 * A stream that was opened is never sent again, and a task of which a chunk was delivered (`.bytes`, `.events`) is
 * left alone. The last error comes with those before it (the latest 20) in `previous`. Unsubscribing ends a pause too.
 *
 * All tasks of one policy share a budget of retries, so that a dead server is not buried: see {@link RetryBudget}.
 *
 * After an operator that hides the request it goes by the request in the error, adds no key and shows no event; it
 * tries again only before the first value.
 *
 * @example
 * createClient({ interceptors: [retryTransient({ maxAttempts: 5 })] });
 * client.post('/orders', order).pipe(retryTransient({ unsafe: true }));
 * @throws TaskError `request` for an option that is unknown or wrong, naming it
 */
export function retryTransient(given: RetryOptions = {}): Policy {
  const { options, rules, budget } = checkingInput(() => {
    const own = ownRetryOptions(given);
    return {
      options: own,
      rules: completeRules(own),
      budget: own.budget === false ? undefined : newRetryBudget('retry.budget', own.budget ?? {}),
    };
  });

  const settingsFor = (request: TaskRequest): RetrySettings | undefined => {
    const said = request.context.get(RETRY);
    if (said === false) return undefined;
    const override = said === undefined ? undefined : ownRetryOverride(said);
    return {
      rules:
        override === undefined ? rules : completeRules(ownOptions({ ...options, ...override })),
      scheduler: schedulerFor(request, options.scheduler),
      random: options.random ?? request.context.get(RANDOM),
      budget:
        override?.budget === false ? undefined : (request.context.get(RETRY_BUDGET) ?? budget),
    };
  };

  return policy({
    name: 'retryTransient',
    intercept: (request, next) => {
      const settings = settingsFor(request);
      if (settings === undefined) return next(request);
      return new Observable<TaskEvent>((subscriber) => {
        new TaskRetryRun(subscriber, settings, request, next).go();
      });
    },
    operate: (source) =>
      new Observable((subscriber) => {
        const random = options.random ?? RANDOM.initial;
        new PlainRetryRun(
          subscriber,
          { rules, scheduler: schedulerFor(undefined, options.scheduler), random, budget },
          source,
        ).go();
      }),
  });
}
