import {
  type Observable,
  catchError,
  concatMap,
  defaultIfEmpty,
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
import { type Answer, answerOf } from './answer.js';
import type { AuthScheme, AuthSession } from './auth-scheme.js';
import { type ChallengeAnswer, type ChallengeRules, ON_CHALLENGE } from './challenge-options.js';
import { type Credential, isCredential } from './credential.js';
import type { SpaceState, Spaces } from './space-state.js';

interface Candidate {
  readonly challenge: Challenge;
  readonly scheme: AuthScheme;
  readonly strength: number;
}

/** Who asks: a place of the server, or the proxy. */
export interface Asker {
  readonly at: URL;
  readonly proxy: boolean;
}

/** A nonce that is stale again and again is a server that cannot be satisfied. */
const MOST_ROUNDS = 10;
/** The strongest challenges of a response are looked at; a server that lists thousands keeps nobody busy. */
const MOST_CHALLENGES = 50;

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

  /** The answer to try next in the place of the one that had gone along, or `undefined`: the refusal stands. */
  find(
    error: TaskErrorOf<'status'>,
    request: TaskRequest,
    asker: Asker,
    used: Answer | undefined,
  ): Observable<Answer | undefined> {
    if (++this.#rounds > MOST_ROUNDS) return of(undefined);
    const lines = error.response.headers.getAll(
      asker.proxy ? 'proxy-authenticate' : 'www-authenticate',
    );
    const candidates = this.#candidates(parseChallenges(lines));
    // A challenge of another space says nothing of the credential that had gone along.
    const own =
      used === undefined
        ? []
        : candidates.filter(({ challenge, scheme }) => isOf(used.state, scheme, challenge));
    const stale = own.find(({ challenge }) => used?.session.isStale?.(challenge) === true);
    if (used !== undefined && stale !== undefined) {
      const { state, credential } = used;
      const renewed = state.session === used.session ? undefined : answerOf(state, asker.at);
      if (renewed !== undefined) return of(this.#continued(renewed, stale, asker, request));
      const session = this.#begin(stale, credential, request);
      if (session !== undefined) return of(this.#answer(state, session, credential, asker));
    }
    if (used !== undefined && own.length > 0)
      used.state.refuse(used.session, used.credential, asker.at.pathname);
    return this.#first(candidates, asker, request);
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
      .sort((one, other) => other.strength - one.strength)
      .slice(0, MOST_CHALLENGES);
  }

  #first(
    candidates: readonly Candidate[],
    asker: Asker,
    request: TaskRequest,
  ): Observable<Answer | undefined> {
    const [candidate, ...rest] = candidates;
    if (candidate === undefined) return of(undefined);
    const { challenge, scheme } = candidate;
    const { at, proxy } = asker;
    const state = this.#spaces.of({
      origin: at.origin,
      proxy,
      realm: challenge.params['realm'] ?? '',
      scheme: scheme.name,
    });
    const next = (): Observable<Answer | undefined> => this.#first(rest, asker, request);
    const use = (credential: Credential): Observable<Answer | undefined> => {
      const session = this.#begin(candidate, credential, request);
      return session === undefined ? next() : of(this.#answer(state, session, credential, asker));
    };
    // Another request has found the answer meanwhile.
    const known = answerOf(state, at);
    if (known !== undefined) return of(this.#continued(known, candidate, asker, request));
    return this.#stored(state, request).pipe(
      concatMap((stored) => {
        const found = answerOf(state, at);
        if (found !== undefined) return of(this.#continued(found, candidate, asker, request));
        if (stored !== undefined && !state.isRefused(stored, at.pathname)) return use(stored);
        return this.#asked(candidate, state, request).pipe(
          concatMap((answer) => {
            if (answer === 'reject') return next();
            if (answer === 'cancel')
              return throwError(() =>
                failed(undefined, request, 'AUTH_CANCELLED', 'the challenge was cancelled'),
              );
            if (answer === null || answer === 'default' || state.isRefused(answer, at.pathname))
              return of(undefined);
            // Who asked with us has begun already.
            const begun = answerOf(state, at);
            return begun?.credential === answer
              ? of(this.#continued(begun, candidate, asker, request))
              : use(answer);
          }),
        );
      }),
    );
  }

  /** What others know already, with the nonce of this challenge if it is another one. */
  #continued(known: Answer, candidate: Candidate, asker: Asker, request: TaskRequest): Answer {
    const { state, session, credential } = known;
    if (session.answers?.(candidate.challenge) !== false) return known;
    const own = this.#begin(candidate, credential, request);
    return own === undefined ? known : this.#answer(state, own, credential, asker);
  }

  /** What is for one request is nobody else's. */
  #answer(state: SpaceState, session: AuthSession, credential: Credential, { at }: Asker): Answer {
    if (credential.persistence !== 'none') state.begin(session, credential);
    return { state, session, credential, at };
  }

  #stored({ space }: SpaceState, request: TaskRequest): Observable<Credential | undefined> {
    return defer(() => from(this.#rules.storage.find(space))).pipe(
      // What others have written there may be anything.
      map((stored: unknown) => (isCredential(stored) ? stored : undefined)),
      catchError((cause: unknown) =>
        throwError(() =>
          failed(cause, request, 'AUTH_STORAGE_FAILED', 'the storage of credentials failed'),
        ),
      ),
    );
  }

  /** One question at a time for a space: who comes to the same handler while it is open hears the same answer. */
  #asked(
    { challenge }: Candidate,
    state: SpaceState,
    request: TaskRequest,
  ): Observable<ChallengeAnswer> {
    const handler = request.context.get(ON_CHALLENGE) ?? this.#rules.onChallenge;
    // With nobody to ask, a storage may still know an answer to the next challenge.
    if (handler === undefined) return of('reject');
    const open = state.asking.get(handler) as Observable<ChallengeAnswer> | undefined;
    if (open !== undefined) return open;
    const asking = defer(() =>
      from(handler({ ...challenge, space: state.space }, { failures: state.failures, request })),
    ).pipe(
      take(1),
      defaultIfEmpty(null),
      map(checkedAnswer),
      catchError((cause: unknown) =>
        throwError(() => failed(cause, request, 'AUTH_HANDLER_FAILED', 'onChallenge failed')),
      ),
      finalize(() => state.asking.delete(handler)),
      share(),
    );
    state.asking.set(handler, asking);
    return asking;
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

function isOf({ space }: SpaceState, scheme: AuthScheme, { params }: Challenge): boolean {
  return space.scheme === scheme.name && space.realm === (params['realm'] ?? '');
}

function checkedAnswer(answer: unknown): ChallengeAnswer {
  if (answer === undefined || answer === null) return null;
  if (answer === 'default' || answer === 'cancel' || answer === 'reject' || isCredential(answer))
    return answer;
  throw new TypeError(
    "onChallenge answers with a credential, null, 'default', 'cancel' or 'reject'",
  );
}

function failed(cause: unknown, request: TaskRequest, code: string, message: string): unknown {
  return isTaskError(cause)
    ? cause
    : taskError('auth', {}, { request, code, message, ...(cause === undefined ? {} : { cause }) });
}
