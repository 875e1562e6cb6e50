import { type ObservableInput, type SchedulerLike, isObservable } from 'rxjs';
import type { Observable } from 'rxjs';
import { invalid } from '../http/invalid-input.js';
import {
  type Checks,
  checkDuration,
  checkFunction,
  checkPatience,
  checkScheduler,
  countFrom,
  readOptions,
  withDefaults,
} from '../http/option-checks.js';
import type { TaskRequest } from '../http/request.js';
import { type TaskError, isTaskError } from '../errors/task-error.js';
import { checkedOrigins } from './at-home.js';

/** How credentials that can be renewed are put on requests, renewed and taken away. */
export interface AuthenticateOptions<C> {
  /** The credential to begin with. `null` for none: requests go without. Give this or `credential$`. */
  readonly credential?: C | null;
  /**
   * Whose requests these are: the credential, a new one at each change of user, `null` at a logout. Requests wait for
   * its first value, so it should replay its latest, as a `BehaviorSubject` does.
   *
   * A change of identity ends every request in flight that the old one was for, and none of their values is delivered
   * after it. Subscribed at the first request, and kept.
   */
  readonly credential$?: Observable<C | null>;
  /** Who a credential speaks for: equal results are one identity. Default the credential itself, by `Object.is`. */
  readonly identityOf?: (credential: C) => unknown;
  /** The request with the credential on it. */
  readonly apply: (request: TaskRequest, credential: C) => TaskRequest;
  /**
   * Fetches a new credential for one that is refused or about to expire: its first value is it. Runs once for all
   * requests that wait, and not again for the same credential. Without it a refusal is simply delivered.
   *
   * Send it through a client without this policy, or with `AUTH.of(false)`.
   */
  readonly refresh?: (credential: C) => ObservableInput<C>;
  /** Whether a credential should be renewed before it is used. `nowMs` is the scheduler's clock. Default never. */
  readonly requiresRefresh?: (credential: C, nowMs: number) => boolean;
  /** Whether an error means that the credential was refused. Default a status of 401. */
  readonly isFailure?: (error: TaskError, credential: C) => boolean;
  /** Whether a failed refresh may be tried again by a later request with the same credential. Default never. */
  readonly mayRefreshAgain?: (cause: unknown) => boolean;
  /**
   * What becomes of a refresh when everyone who waits for it has left: `complete` lets it finish (a rotating token
   * would be lost otherwise), `refCount` aborts it. Default `complete`.
   */
  readonly refreshLifetime?: 'complete' | 'refCount';
  /** How long a refresh may take, in milliseconds, beside the deadlines of those who wait. Default 30,000; `Infinity` for no bound. */
  readonly refreshWithinMs?: number;
  /** How many refreshes may start within `windowMs`, before `AUTH_REFRESH_LOOP`. Default 5. */
  readonly maxRefreshes?: number;
  /** Milliseconds. Default 30,000. */
  readonly windowMs?: number;
  /**
   * What requests get that a change of identity ends: an `aborted` error with the code `IDENTITY_CHANGED`, or, like
   * after unsubscribing, nothing at all. Default `error`.
   */
  readonly onIdentityChange?: 'error' | 'silence';
  /**
   * Where the credential may go, as `https://host:port`. Default the origin of the client's `baseUrl`, else the
   * page's own; where there is neither, it must be given. Requests elsewhere go without.
   */
  readonly origins?: readonly string[];
  /** Default the client's. */
  readonly scheduler?: SchedulerLike;
}

/** The options with their defaults. */
export type AuthenticateRules<C> = Pick<
  AuthenticateOptions<C>,
  'credential' | 'credential$' | 'refresh' | 'requiresRefresh' | 'origins' | 'scheduler'
> &
  Required<
    Omit<
      AuthenticateOptions<C>,
      'credential' | 'credential$' | 'refresh' | 'requiresRefresh' | 'origins' | 'scheduler'
    >
  >;

const CHECKS: Checks<AuthenticateOptions<unknown>> = {
  credential: (_field, credential: unknown) => credential,
  credential$: (field, credential$: unknown) => {
    if (!isObservable(credential$)) throw invalid(field, 'an Observable');
    return credential$;
  },
  identityOf: checkFunction,
  apply: checkFunction,
  refresh: checkFunction,
  requiresRefresh: checkFunction,
  isFailure: checkFunction,
  mayRefreshAgain: checkFunction,
  refreshLifetime: oneOf('complete', 'refCount'),
  refreshWithinMs: checkPatience,
  maxRefreshes: countFrom(1),
  windowMs: checkDuration,
  onIdentityChange: oneOf('error', 'silence'),
  origins: checkedOrigins,
  scheduler: checkScheduler,
};

/** Copies and checks the options. @throws InvalidInput naming the option; never with a credential in the text */
export function authenticateRules<C>(given: AuthenticateOptions<C>): AuthenticateRules<C> {
  if (typeof given !== 'object' || (given as unknown) === null)
    throw invalid('options', 'an object', typeof given);
  const options = readOptions('', given, CHECKS as Checks<AuthenticateOptions<C>>);
  checkFunction('apply', options.apply);
  if (options.credential$ !== undefined && options.credential !== undefined)
    throw invalid('credential$', 'give credential or credential$, not both');
  return withDefaults(options, DEFAULTS);
}

const DEFAULTS = {
  identityOf: itself,
  isFailure: isUnauthorized,
  mayRefreshAgain: never,
  refreshLifetime: 'complete',
  refreshWithinMs: 30_000,
  maxRefreshes: 5,
  windowMs: 30_000,
  onIdentityChange: 'error',
} as const;

function oneOf<T extends string>(...known: readonly T[]): (field: string, value: T) => T {
  return (field, value) => {
    if (!known.includes(value)) throw invalid(field, `one of ${known.join(', ')}`, value);
    return value;
  };
}

function itself(credential: unknown): unknown {
  return credential;
}

function isUnauthorized(error: TaskError): boolean {
  return isTaskError(error, 'status') && error.status === 401;
}

function never(): boolean {
  return false;
}
