import { type SchedulerLike, asyncScheduler } from 'rxjs';
import { type ContextToken, contextToken } from '../http/context.js';
import type { TaskRequest } from '../http/request.js';

/** The clock of a request's policies: the client's `scheduler`, RxJS's `asyncScheduler` by default. */
export const SCHEDULER: ContextToken<SchedulerLike> = contextToken<SchedulerLike>(
  'scheduler',
  asyncScheduler,
);

/** The source of randomness of a request's policies: numbers from 0 to below 1, `Math.random` by default. */
// eslint-disable-next-line no-restricted-properties -- the one place that names the default
export const RANDOM: ContextToken<() => number> = contextToken<() => number>('random', Math.random);

/** The origin of the client's base URL: where a credential is at home that says nothing else. Set by the client alone. */
export const BASE_ORIGIN: ContextToken<string | undefined> = contextToken<string | undefined>(
  'baseOrigin',
  undefined,
);

/** The clock that a policy should use: its own option first, then the request's. */
export function schedulerFor(
  request: TaskRequest | undefined,
  own: SchedulerLike | undefined,
): SchedulerLike {
  return own ?? request?.context.get(SCHEDULER) ?? asyncScheduler;
}
