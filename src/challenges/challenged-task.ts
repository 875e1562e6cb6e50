import {
  type Observable,
  catchError,
  concat,
  concatMap,
  defer,
  from,
  ignoreElements,
  map,
  of,
  throwError,
} from 'rxjs';
import { AUTH } from '../auth/auth.js';
import { type TaskErrorOf, isTaskError, taskError, withPrevious } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';
import { ACCEPT_STATUS } from '../task/limits.js';
import type { TaskEvent } from '../task/task-event.js';
import type { TaskHandler } from '../task/task-handler.js';
import type { ChallengeRules } from './challenge-options.js';
import { type Answer, Answers, schemeNamed } from './answers.js';
import { type SpaceState, type Spaces, pathsOf } from './space-state.js';

/** One request behind challenges. */
export class ChallengedTask {
  readonly #request: TaskRequest;
  readonly #next: TaskHandler;
  readonly #rules: ChallengeRules;
  readonly #spaces: Spaces;
  readonly #listed: Map<string, Promise<void>>;
  readonly #answers: Answers;
  readonly #url: URL;
  #attempt: number;
  #delivered = false;

  constructor(
    request: TaskRequest,
    next: TaskHandler,
    rules: ChallengeRules,
    spaces: Spaces,
    listed: Map<string, Promise<void>>,
  ) {
    this.#request = request;
    this.#next = next;
    this.#rules = rules;
    this.#spaces = spaces;
    this.#listed = listed;
    this.#answers = new Answers(rules, spaces);
    this.#url = new URL(request.url);
    this.#attempt = request.attempt;
  }

  run(): Observable<TaskEvent> {
    const { context, headers } = this.#request;
    if (!context.get(AUTH) || headers.has('authorization')) return this.#next(this.#request);
    return this.#knowing(() => {
      const known = this.#known();
      return this.#rules.probe !== false && this.#request.body !== undefined && known.length === 0
        ? this.#probed()
        : this.#send(known, []);
    });
  }

  /** Once what the storage knows of the origin has been looked at. */
  #knowing(go: () => Observable<TaskEvent>): Observable<TaskEvent> {
    const { storage, preemptive, schemes } = this.#rules;
    if (!preemptive) return defer(go);
    const { origin } = this.#url;
    const known = this.#listed.get(origin);
    const listing =
      known ??
      storage.list(origin).then((stored) => {
        this.#spaces.preload(stored, (space, credential) => {
          const challenge = {
            scheme: space.scheme,
            params: { realm: space.realm },
            token68: undefined,
          };
          const scheme = schemeNamed(schemes, space.scheme);
          return scheme?.strength(challenge) === undefined
            ? undefined
            : scheme.begin(challenge, credential);
        });
      });
    if (known === undefined) this.#listed.set(origin, listing);
    const looked = from(listing).pipe(
      ignoreElements(),
      catchError((cause: unknown) => {
        this.#listed.delete(origin);
        return throwError(() => this.#storageFailed(cause));
      }),
    );
    return concat(looked, defer(go));
  }

  /** What goes along unasked. */
  #known(): Answer[] {
    if (!this.#rules.preemptive) return [];
    const { proxyOrigin } = this.#rules;
    const states = [
      this.#spaces.at(this.#url, false),
      proxyOrigin === undefined ? undefined : this.#spaces.at(new URL(proxyOrigin), true),
    ];
    return states.flatMap((state) => (state === undefined ? [] : answersOf(state)));
  }

  /** A request without the body is answered first; the body goes out when it is known that it may. */
  #probed(): Observable<TaskEvent> {
    const { headers, context } = this.#request;
    const bare = this.#request.clone({
      method: this.#rules.probe === false ? 'HEAD' : this.#rules.probe,
      body: undefined,
      headers: headers.delete('content-type').delete('content-encoding'),
      context: context.with([ACCEPT_STATUS.of((status) => status !== 401 && status !== 407)]),
      delivery: 'buffered',
      progress: false,
    });
    const probe = new ChallengedTask(bare, this.#next, this.#rules, this.#spaces, this.#listed);
    return concat(
      probe.run().pipe(ignoreElements()),
      defer(() => this.#send(this.#known(), [])),
    );
  }

  #send(
    answers: readonly Answer[],
    previous: readonly TaskErrorOf<'status'>[],
  ): Observable<TaskEvent> {
    return from(this.#authorized(answers)).pipe(
      concatMap((request) =>
        this.#next(request).pipe(
          concatMap((event) => this.#seen(event, request, answers)),
          catchError((error: unknown) => this.#failed(error, answers, previous)),
        ),
      ),
    );
  }

  async #authorized(answers: readonly Answer[]): Promise<TaskRequest> {
    let { headers } = this.#request;
    for (const { state, session } of answers) {
      headers = headers.set(
        state.space.proxy ? 'proxy-authorization' : 'authorization',
        await session.authorize(this.#request),
      );
    }
    return this.#request.clone({ headers, attempt: this.#attempt });
  }

  #seen(event: TaskEvent, request: TaskRequest, answers: readonly Answer[]): Observable<TaskEvent> {
    if (event.type === 'sent') this.#attempt = event.attempt + 1;
    if (event.type === 'chunk' && request.delivery === 'streamed') this.#delivered = true;
    if (event.type !== 'head' || answers.length === 0) return of(event);
    const { head } = event;
    const accepted = answers.map(async ({ state, session, credential }) => {
      const value =
        request.headers.get(state.space.proxy ? 'proxy-authorization' : 'authorization') ?? '';
      await session.learn?.(head, request, value);
      state.accept();
      for (const path of state.space.proxy
        ? ['/']
        : pathsOf(this.#url, state.space.scheme, session.domain))
        state.paths.add(path);
      await this.#keep(state, credential);
    });
    return from(Promise.all(accepted)).pipe(map(() => event));
  }

  async #keep(state: SpaceState, credential: Answer['credential']): Promise<void> {
    const { persistence = 'session' } = credential;
    if (persistence === 'none')
      state.session = state.credential === credential ? undefined : state.session;
    if (persistence !== 'permanent') return;
    try {
      await this.#rules.storage.save(state.space, credential, [...state.paths]);
    } catch (cause) {
      throw this.#storageFailed(cause);
    }
  }

  #failed(
    error: unknown,
    answers: readonly Answer[],
    previous: readonly TaskErrorOf<'status'>[],
  ): Observable<TaskEvent> {
    if (!isTaskError(error, 'status')) return throwError(() => error);
    const ended = withPrevious(error, previous);
    const isProxy = error.status === 407;
    if (
      (error.status !== 401 && !isProxy) ||
      this.#delivered ||
      this.#request.body?.replayable === false
    )
      return throwError(() => ended);
    // A challenge that another origin gave, behind a redirect, is not this request's to answer.
    if (!isProxy && originAt(error.response.url, this.#url.origin) !== this.#url.origin)
      return throwError(() => ended);
    return this.#answers.find(error, this.#request, answers).pipe(
      concatMap((answer) => {
        if (answer === undefined) return throwError(() => ended);
        const others = answers.filter(
          ({ state }) => state.space.proxy !== answer.state.space.proxy,
        );
        return this.#send([...others, answer], [...previous, error]);
      }),
    );
  }

  #storageFailed(cause: unknown): unknown {
    if (isTaskError(cause)) return cause;
    return taskError(
      'auth',
      {},
      {
        request: this.#request,
        code: 'AUTH_STORAGE_FAILED',
        message: 'the storage of credentials failed',
        cause,
      },
    );
  }
}

function answersOf(state: SpaceState): Answer[] {
  const { session, credential } = state;
  return session === undefined || credential === undefined ? [] : [{ state, session, credential }];
}

function originAt(url: string, fallback: string): string {
  return URL.canParse(url) ? new URL(url).origin : fallback;
}
