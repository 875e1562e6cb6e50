import type { SchedulerLike } from 'rxjs';
import type { TaskError } from '../errors/task-error.js';
import { type ContextToken, contextToken } from '../http/context.js';
import { invalid } from '../http/invalid-input.js';
import {
  type Checks,
  checkDuration,
  checkFlag,
  checkFunction,
  checkList,
  checkPatience,
  checkScheduler,
  countFrom,
  readOptions,
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
export interface CompleteRules extends Required<
  Omit<RetryRules, 'methods' | 'unsafe' | 'statuses' | 'when'>
> {
  readonly repeats: (method: string) => boolean;
  readonly statuses: ReadonlySet<number>;
  readonly when: ((error: TaskError, attempt: number) => boolean) | undefined;
}

const RULES: Checks<RetryRules> = {
  maxAttempts: countFrom(1, true),
  baseDelayMs: checkDuration,
  maxDelayMs: checkDuration,
  maxRetryAfterMs: checkPatience,
  methods: (field, methods: readonly string[]) =>
    checkList(field, 'a list of methods', methods).map((method, index) => {
      if (typeof method !== 'string' || method === '')
        throw invalid(`${field}[${String(index)}]`, 'a method', method);
      return method.toUpperCase();
    }),
  unsafe: checkFlag,
  statuses: (field, statuses: readonly number[]) =>
    checkList(field, 'a list of status codes', statuses).map((status, index) => {
      if (!(Number.isInteger(status) && status >= 100 && status <= 599))
        throw invalid(`${field}[${String(index)}]`, 'a status code, 100 to 599', status);
      return status;
    }),
  when: checkFunction,
};

const OPTIONS: Checks<RetryOptions> = {
  ...RULES,
  // The budget is made of them where they are read.
  budget: (_field, budget: unknown) => budget,
  scheduler: checkScheduler,
  random: checkFunction,
};

const OVERRIDES: Checks<RetryOverride> = {
  ...RULES,
  budget: (field, budget: false) => {
    if ((budget as unknown) !== false) throw invalid(field, 'false, for one request', budget);
    return budget;
  },
};

/** A private copy of the options, checked. @throws InvalidInput */
export function ownRetryOptions(given: RetryOptions): RetryOptions {
  return readOptions('retry', given, OPTIONS);
}

/** A private copy of what a request says, checked. @throws InvalidInput */
export function ownRetryOverride(given: RetryOverride): RetryOverride {
  return readOptions('retry', given, OVERRIDES);
}

/** Rules that were checked, with their defaults. */
export function completeRules(rules: RetryRules): CompleteRules {
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
  const allowed = methods === undefined ? IDEMPOTENT_METHODS : new Set(methods);
  return {
    maxAttempts,
    baseDelayMs,
    maxDelayMs,
    maxRetryAfterMs,
    repeats: (method) => unsafe || allowed.has(method),
    statuses: statuses === undefined ? TRANSIENT_STATUSES : new Set(statuses),
    when,
  };
}
