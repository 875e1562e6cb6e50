import { invalid } from '../http/invalid-input.js';
import { type Checks, countFrom, readOptions } from '../http/option-checks.js';
import { checkingInput } from '../errors/from-input.js';

/** How much a crowd of tasks may ask again. */
export interface RetryBudgetOptions {
  /** Retries that each new task adds. Default 0.2: on a dead service one retry for five tasks. */
  readonly ratio?: number;
  /** Retries in hand at the start, and the most that are saved up. Default 10. */
  readonly minimum?: number;
}

/**
 * What tasks that share a server may spend on asking again: a bucket of tokens, without a clock.
 *
 * Each task adds `ratio` tokens, each success one, up to `minimum`; each retry takes one, and where there is none the
 * task gives up with its error. So a server that fails the share `f` of its answers sees at most `(1 + ratio) / f`
 * times the load that is offered to it, and a dead one `1 + ratio` times, plus `minimum`.
 */
export interface RetryBudget {
  /** Tells of a new task. */
  offer(): void;
  /** Tells of an attempt that succeeded. */
  succeed(): void;
  /** Takes what one retry costs; `false` when there is not enough. */
  spend(): boolean;
}

const CHECKS: Checks<RetryBudgetOptions> = {
  ratio: (field, ratio: number) => {
    if (!(typeof ratio === 'number' && ratio >= 0 && ratio < Infinity))
      throw invalid(field, 'a number, 0 or more', ratio);
    return ratio;
  },
  minimum: countFrom(0),
};

/**
 * Makes a budget that several policies or clients share.
 *
 * @example
 * const client = createClient({ context: [RETRY_BUDGET.of(retryBudget({ ratio: 0.1 }))], interceptors: [retryTransient()] });
 * @throws TaskError `request` for a negative or unknown option, naming it
 */
export function retryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  return checkingInput(() => newRetryBudget('budget', options));
}

/** As {@link retryBudget}, with the name of the options in complaints. @throws InvalidInput */
export function newRetryBudget(field: string, options: RetryBudgetOptions): RetryBudget {
  const { ratio = 0.2, minimum = 10 } = readOptions(field, options, CHECKS);
  const most = Math.max(1, minimum);
  let tokens = minimum;
  const add = (amount: number): void => {
    tokens = Math.min(most, tokens + amount);
  };
  return {
    offer: () => {
      add(ratio);
    },
    succeed: () => {
      add(1);
    },
    spend: () => {
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
