import type { SchedulerLike } from 'rxjs';
import type { TaskError } from '../errors/task-error.js';
import { type ContextToken, contextToken } from '../http/context.js';
import { invalid } from '../http/invalid-input.js';
import {
  checkCount,
  checkDuration,
  checkFunction,
  checkOptionNames,
  ownOptions,
} from '../http/option-checks.js';
import { IDEMPOTENT_METHODS } from './idempotency.js';
import { TRANSIENT_STATUSES } from './retry-decision.js';
import type { RetryBudget, RetryBudgetOptions } from './retry-budget.js';

/** What decides whether and when a task is tried again. */
export interface RetryRules {
  /** Attempts in all, the first one included; 1 never tries again, `Infinity` never gives up. Default 3. */
  readonly maxAttempts?: number;
  /** The longest first pause; each further one may be twice as long. Default 300 ms. */
  readonly baseDelayMs?: number;
  /** The longest pause that is ours to choose. Default 30,000 ms. */
  readonly maxDelayMs?: number;
  /** The longest wait that a server may ask for; it is never asked earlier, beyond this the task gives up. Default 60,000 ms, `Infinity` allowed. */
  readonly maxRetryAfterMs?: number;
  /** The methods that may be sent again, instead of GET, HEAD, OPTIONS, PUT, DELETE and TRACE. Others among them get an `Idempotency-Key`. */
  readonly methods?: readonly string[];
  /** Whether every method may be sent again, those that are not idempotent with an `Idempotency-Key`. Default `false`. */
  readonly unsafe?: boolean;
  /** The status codes that are worth another attempt. Default 408, 425, 429, 500, 502, 503 and 504. */
  readonly statuses?: readonly number[];
  /** Asked last, about each failure that the rules would retry, with the number of the attempt that failed, from 1: `false` gives up. */
  readonly when?: (error: TaskError, attempt: number) => boolean;
}

/** How {@link retryTransient} tries again. Everything has a default. */
export interface RetryOptions extends RetryRules {
  /** What all tasks of this policy may ask again together; `false` lifts it. Default `{ ratio: 0.2, minimum: 10 }`. */
  readonly budget?: RetryBudgetOptions | false;
  /** The clock of the pauses. Default the client's. */
  readonly scheduler?: SchedulerLike;
  /** The randomness of the pauses: numbers from 0 to below 1. Default the client's. */
  readonly random?: () => number;
}

/** What one request may say differently. */
export interface RetryOverride extends RetryRules {
  /** `false` lifts the budget for this request. */
  readonly budget?: false;
}

/**
 * Overrides the options of every {@link retryTransient} around one request, option by option; `false` turns them off.
 *
 * @example
 * client.get('/health', { context: [RETRY.of(false)] });
 * client.get('/report', { context: [RETRY.of({ maxAttempts: 5 })] });
 */
export const RETRY: ContextToken<RetryOverride | false | undefined> = contextToken<
  RetryOverride | false | undefined
>('retry', undefined);

/** A budget that a request's retries are taken from, instead of the one of the policy: see {@link retryBudget}. */
export const RETRY_BUDGET: ContextToken<RetryBudget | undefined> = contextToken<
  RetryBudget | undefined
>('retry budget', undefined);

/** The rules, checked and complete. */
export interface CheckedRules extends Required<
  Omit<RetryRules, 'methods' | 'unsafe' | 'statuses' | 'when'>
> {
  readonly repeats: (method: string) => boolean;
  readonly statuses: ReadonlySet<number>;
  readonly when: ((error: TaskError, attempt: number) => boolean) | undefined;
}

const RULES: readonly (keyof RetryRules)[] = [
  'maxAttempts',
  'baseDelayMs',
  'maxDelayMs',
  'maxRetryAfterMs',
  'methods',
  'unsafe',
  'statuses',
  'when',
];
const OPTIONS: readonly (keyof RetryOptions)[] = [...RULES, 'budget', 'scheduler', 'random'];

/** A private copy of the options; the rules among them are left to {@link checkedRules}. @throws InvalidInput */
export function ownRetryOptions(given: RetryOptions): RetryOptions {
  const options = ownNamed(given, OPTIONS);
  const { scheduler, random } = options;
  if (
    scheduler !== undefined &&
    typeof (scheduler as Partial<SchedulerLike>).schedule !== 'function'
  )
    throw invalid('retry.scheduler', 'an RxJS scheduler', scheduler);
  if (random !== undefined) checkFunction('retry.random', random);
  return options;
}

/** A private copy of what a request says. @throws InvalidInput */
export function ownRetryOverride(given: RetryOverride): RetryOverride {
  const override = ownNamed(given, [...RULES, 'budget']);
  const budget: unknown = override.budget;
  if (budget !== undefined && budget !== false)
    throw invalid('retry.budget', 'false, for one request', budget);
  return override;
}

function ownNamed<T extends object>(given: T, known: readonly string[]): T {
  if (typeof given !== 'object' || (given as unknown) === null)
    throw invalid('retry', 'an object with options', given);
  checkOptionNames('retry', given, known);
  return ownOptions(given);
}

/** The rules with their defaults. @throws InvalidInput */
export function checkedRules(rules: RetryRules): CheckedRules {
  const {
    maxAttempts = 3,
    baseDelayMs = 300,
    maxDelayMs = 30_000,
    maxRetryAfterMs = 60_000,
    methods,
    unsafe = false,
    statuses,
    when,
  } = rules;
  if (when !== undefined) checkFunction('retry.when', when);
  if (typeof unsafe !== 'boolean') throw invalid('retry.unsafe', 'true or false', unsafe);
  const allowed = methods === undefined ? IDEMPOTENT_METHODS : checkedMethods(methods);
  return {
    maxAttempts: checkCount('retry.maxAttempts', maxAttempts, 1, true),
    baseDelayMs: checkDuration('retry.baseDelayMs', baseDelayMs),
    maxDelayMs: checkDuration('retry.maxDelayMs', maxDelayMs),
    maxRetryAfterMs:
      maxRetryAfterMs === Infinity
        ? Infinity
        : checkDuration('retry.maxRetryAfterMs', maxRetryAfterMs),
    repeats: (method) => unsafe || allowed.has(method),
    statuses: statuses === undefined ? TRANSIENT_STATUSES : checkedStatuses(statuses),
    when,
  };
}

function checkedMethods(methods: readonly string[]): ReadonlySet<string> {
  if (!Array.isArray(methods)) throw invalid('retry.methods', 'a list of methods', methods);
  return new Set(
    methods.map((method: unknown, index) => {
      if (typeof method !== 'string' || method === '')
        throw invalid(`retry.methods[${String(index)}]`, 'a method', method);
      return method.toUpperCase();
    }),
  );
}

function checkedStatuses(statuses: readonly number[]): ReadonlySet<number> {
  if (!Array.isArray(statuses)) throw invalid('retry.statuses', 'a list of status codes', statuses);
  return new Set(
    statuses.map((status: unknown, index) => {
      if (!(Number.isInteger(status) && (status as number) >= 100 && (status as number) <= 599)) {
        throw invalid(`retry.statuses[${String(index)}]`, 'a status code, 100 to 599', status);
      }
      return status as number;
    }),
  );
}
