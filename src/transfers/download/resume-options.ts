import type { SchedulerLike } from 'rxjs';
import { type ContextToken, contextToken } from '../../http/context.js';
import { invalid } from '../../http/invalid-input.js';
import {
  checkCount,
  checkDuration,
  checkFunction,
  checkOptionNames,
  ownOptions,
} from '../../http/option-checks.js';

/** What decides how a broken download goes on. */
export interface ResumeRules {
  /** Requests in a row, counted from the last one that brought a new byte, before it gives up; 1 never asks again. Default 5, `Infinity` never gives up. */
  readonly maxAttempts?: number;
  /** The longest first pause; each further one without a new byte between may be twice as long. Default 300 ms. */
  readonly baseDelayMs?: number;
  /** The longest pause that is ours to choose. Default 30,000 ms. */
  readonly maxDelayMs?: number;
  /** The longest wait that a server may ask for by `Retry-After`; beyond it the download gives up. Default 60,000 ms, `Infinity` allowed. */
  readonly maxRetryAfterMs?: number;
  /**
   * What happens when the resource is another one by the time of a further request: `restart` begins anew where nobody
   * has seen the bytes yet, `fail` is a `decode` error of the code `RESOURCE_CHANGED`. Bytes that were delivered as a
   * stream cannot be taken back: there it is always the error. Default `restart`.
   */
  readonly changed?: 'restart' | 'fail';
}

/** How `resumeDownload` goes on. Everything has a default. */
export interface ResumeOptions extends ResumeRules {
  /** The clock of the pauses. Default the client's. */
  readonly scheduler?: SchedulerLike;
  /** The randomness of the pauses: numbers from 0 to below 1. Default the client's. */
  readonly random?: () => number;
}

/**
 * Overrides the options of every `resumeDownload` around one request, option by option; `false` turns them off.
 *
 * @example
 * client.get('/report', { context: [RESUME.of(false)] });
 */
export const RESUME: ContextToken<ResumeRules | false | undefined> = contextToken<
  ResumeRules | false | undefined
>('resume', undefined);

const RULES: readonly (keyof ResumeRules)[] = [
  'maxAttempts',
  'baseDelayMs',
  'maxDelayMs',
  'maxRetryAfterMs',
  'changed',
];
const OPTIONS: readonly (keyof ResumeOptions)[] = [...RULES, 'scheduler', 'random'];

/** A private copy of the options. @throws InvalidInput */
export function ownResumeOptions(where: string, given: ResumeOptions): ResumeOptions {
  const options = own(where, given, OPTIONS);
  const { scheduler, random } = options;
  if (
    scheduler !== undefined &&
    typeof (scheduler as Partial<SchedulerLike>).schedule !== 'function'
  )
    throw invalid(`${where}.scheduler`, 'an RxJS scheduler', scheduler);
  if (random !== undefined) checkFunction(`${where}.random`, random);
  return options;
}

/** A private copy of what one request says. @throws InvalidInput */
export function ownResumeOverride(given: ResumeRules): ResumeRules {
  return own('resume', given, RULES);
}

function own<T extends object>(where: string, given: T, known: readonly string[]): T {
  if (typeof given !== 'object' || (given as unknown) === null)
    throw invalid(where, 'an object with options', given);
  checkOptionNames(where, given, known);
  return ownOptions(given);
}

/** The rules with their defaults. @throws InvalidInput */
export function checkedResumeRules(where: string, rules: ResumeRules): Required<ResumeRules> {
  const {
    maxAttempts = 5,
    baseDelayMs = 300,
    maxDelayMs = 30_000,
    maxRetryAfterMs = 60_000,
    changed = 'restart',
  } = rules;
  if (!['restart', 'fail'].includes(changed))
    throw invalid(`${where}.changed`, "'restart' or 'fail'", changed);
  return {
    maxAttempts: checkCount(`${where}.maxAttempts`, maxAttempts, 1, true),
    baseDelayMs: checkDuration(`${where}.baseDelayMs`, baseDelayMs),
    maxDelayMs: checkDuration(`${where}.maxDelayMs`, maxDelayMs),
    maxRetryAfterMs:
      maxRetryAfterMs === Infinity
        ? Infinity
        : checkDuration(`${where}.maxRetryAfterMs`, maxRetryAfterMs),
    changed,
  };
}
