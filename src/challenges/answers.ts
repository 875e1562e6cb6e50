import {
  type Observable,
  catchError,
  concatMap,
  defer,
  finalize,
  from,
  map,
  of,
  share,
  take,
  throwError,
} from 'rxjs';
import { fromInput } from '../errors/from-input.js';
import { type TaskErrorOf, isTaskError, taskError } from '../errors/task-error.js';
import { type Challenge, parseChallenges } from '../http/challenge.js';
import type { TaskRequest } from '../http/request.js';
import type { AuthScheme, AuthSession } from './auth-scheme.js';
import { type ChallengeAnswer, type ChallengeRules, ON_CHALLENGE } from './challenge-options.js';
import type { Credential } from './credential.js';
import type { SpaceState, Spaces } from './space-state.js';

/** What goes along with a request for one space. */
export interface Answer {
  readonly state: SpaceState;
  readonly session: AuthSession;
  readonly credential: Credential;
}

interface Candidate {
  readonly challenge: Challenge;
  readonly scheme: AuthScheme;
  readonly strength: number;
}

/** A nonce that is stale again and again is a server that cannot be satisfied. */
const MOST_ROUNDS = 10;

/** The scheme of this name, if there is one. */
export function schemeNamed(schemes: readonly AuthScheme[], name: string): AuthScheme | undefined {
  return schemes.find((scheme) => scheme.name === name);
}

/** Finds answers to the challenges of one request. */
export class Answers {
  readonly #rules: ChallengeRules;
  readonly #spaces: Spaces;
  #rounds = 0;

  constructor(rules: ChallengeRules, spaces: Spaces) {
    this.#rules = rules;
    this.#spaces = spaces;
  }

  /** The answer to try next, or `undefined` when there is none and the refusal stands. */
  find(
    error: TaskErrorOf<'status'>,
    request: TaskRequest,
    used: readonly Answer[],
  ): Observable<Answer | undefined> {
    const isProxy = error.status === 407;
    const { proxyOrigin } = this.#rules;
    if (++this.#rounds > MOST_ROUNDS || (isProxy && proxyOrigin === undefined))
      return of(undefined);
    const origin = isProxy && proxyOrigin !== undefined ? proxyOrigin : new URL(request.url).origin;
    const lines = error.response.headers.getAll(
      isProxy ? 'proxy-authenticate' : 'www-authenticate',
    );
    const refused = used.find(({ state }) => state.space.proxy === isProxy);
    const candidates = this.#candidates(parseChallenges(lines));
    // Every challenge of the response tells whether its own credential was refused or only stale.
    const stale = candidates.find(
      ({ challenge, scheme }) =>
        refused?.state.space.scheme === scheme.name &&
        refused.session.isStale?.(challenge) === true,
    );
    if (refused !== undefined && stale !== undefined) {
      const session =
        refused.state.session === refused.session
          ? this.#begin(stale, refused.credential, request)
          : refused.state.session;
      if (session !== undefined) {
        refused.state.begin(session, refused.credential);
        return of({ state: refused.state, session, credential: refused.credential });
      }
    }
    refused?.state.refuse(refused.session, refused.credential);
    return this.#first(candidates, { origin, proxy: isProxy }, request);
  }

  #candidates(challenges: readonly Challenge[]): Candidate[] {
    return challenges
      .flatMap((challenge) => {
        const scheme = schemeNamed(this.#rules.schemes, challenge.scheme);
        const strength = scheme?.strength(challenge);
        return scheme === undefined || strength === undefined
          ? []
          : [{ challenge, scheme, strength }];
      })
      .sort((one, other) => other.strength - one.strength);
  }

  #first(
    candidates: readonly Candidate[],
    at: { readonly origin: string; readonly proxy: boolean },
    request: TaskRequest,
  ): Observable<Answer | undefined> {
    const [candidate, ...rest] = candidates;
    if (candidate === undefined) return of(undefined);
    const { challenge, scheme } = candidate;
    const state = this.#spaces.of({
      ...at,
      realm: challenge.params['realm'] ?? '',
      scheme: scheme.name,
    });
    const next = (): Observable<Answer | undefined> => this.#first(rest, at, request);
    const use = (credential: Credential): Observable<Answer | undefined> => {
      const session = this.#begin(candidate, credential, request);
      if (session === undefined) return next();
      state.begin(session, credential);
      return of({ state, session, credential });
    };
    // Another request has found the answer meanwhile.
    if (state.session !== undefined && state.credential !== undefined)
      return of({ state, session: state.session, credential: state.credential });
    return defer(() => from(this.#rules.storage.find(state.space))).pipe(
      catchError((cause: unknown) =>
        throwError(() =>
          failed(cause, request, 'AUTH_STORAGE_FAILED', 'the storage of credentials failed'),
        ),
      ),
      concatMap((stored) =>
        stored !== undefined && !state.isRefused(stored)
          ? use(stored)
          : this.#asked(candidate, state, request).pipe(
              concatMap((answer) => {
                if (answer === 'reject') return next();
                if (answer === 'cancel')
                  return throwError(() =>
                    failed(undefined, request, 'AUTH_CANCELLED', 'the challenge was cancelled'),
                  );
                if (answer === null || answer === 'default' || state.isRefused(answer))
                  return of(undefined);
                return state.session !== undefined && state.credential === answer
                  ? of({ state, session: state.session, credential: answer })
                  : use(answer);
              }),
            ),
      ),
    );
  }

  /** One question at a time for a space: who comes while it is open hears the same answer. */
  #asked(
    { challenge }: Candidate,
    state: SpaceState,
    request: TaskRequest,
  ): Observable<ChallengeAnswer> {
    const handler = request.context.get(ON_CHALLENGE) ?? this.#rules.onChallenge;
    if (handler === undefined) return of(null);
    state.asking ??= defer(() =>
      from(handler({ ...challenge, space: state.space }, { failures: state.failures, request })),
    ).pipe(
      take(1),
      catchError((cause: unknown) =>
        throwError(() => failed(cause, request, 'AUTH_HANDLER_FAILED', 'onChallenge failed')),
      ),
      finalize(() => (state.asking = undefined)),
      share(),
    );
    return (state.asking as Observable<ChallengeAnswer>).pipe(map((answer) => answer));
  }

  #begin(
    { scheme, challenge }: Candidate,
    credential: Credential,
    request: TaskRequest,
  ): AuthSession | undefined {
    try {
      return scheme.begin(challenge, credential);
    } catch (cause) {
      throw fromInput(cause, request);
    }
  }
}

function failed(cause: unknown, request: TaskRequest, code: string, message: string): unknown {
  return isTaskError(cause)
    ? cause
    : taskError('auth', {}, { request, code, message, ...(cause === undefined ? {} : { cause }) });
}
