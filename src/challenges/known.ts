import { type Observable, catchError, concat, defer, from, ignoreElements, throwError } from 'rxjs';
import { isTaskError, taskError } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';
import type { TaskEvent } from '../task/task-event.js';
import { type Answer, answerOf } from './answer.js';
import { schemeNamed } from './answers.js';
import type { AuthSession } from './auth-scheme.js';
import type { ChallengeRules } from './challenge-options.js';
import type { Credential } from './credential.js';
import type { ProtectionSpace } from './protection-space.js';
import { pathsOf } from './reach.js';
import { Spaces } from './space-state.js';

const MOST_ORIGINS = 1_000;

/** What all tasks of one policy know together: its spaces, and what its storage has said. */
export class Known {
  readonly rules: ChallengeRules;
  readonly spaces = new Spaces();
  /** What the storage knows of an origin is asked once. */
  readonly #listed = new Map<string, Promise<void>>();

  constructor(rules: ChallengeRules) {
    this.rules = rules;
  }

  /** Goes on once what the storage knows of the server, and of the proxy on the way, has been looked at. */
  of(at: URL, request: TaskRequest, go: () => Observable<TaskEvent>): Observable<TaskEvent> {
    if (!this.rules.preemptive) return defer(go);
    const origins = [at, this.proxyFor(at)].flatMap((url) => (url === undefined ? [] : url.origin));
    const looked = defer(() =>
      from(Promise.all(origins.map((origin) => this.#listing(origin)))),
    ).pipe(
      ignoreElements(),
      catchError((cause: unknown) => throwError(() => storageFailed(cause, request))),
    );
    return concat(looked, defer(go));
  }

  /** What goes along with a request to this place unasked. */
  unasked(at: URL): Answer[] {
    if (!this.rules.preemptive) return [];
    const proxy = this.proxyFor(at);
    const states = [
      this.spaces.at(at, false),
      proxy === undefined ? undefined : this.spaces.at(proxy, true),
    ];
    return states.flatMap((state) => (state && answerOf(state, at)) ?? []);
  }

  /** The proxy on the way there, if it is one whose challenges are answered: over TLS they never reach us. */
  proxyFor({ protocol }: URL): URL | undefined {
    const { proxyOrigin } = this.rules;
    return proxyOrigin === undefined || protocol !== 'http:' ? undefined : new URL(proxyOrigin);
  }

  /** The server took the answer at this place. */
  async accept(
    { state, session, credential }: Answer,
    at: URL,
    request: TaskRequest,
  ): Promise<void> {
    const { space } = state;
    const { persistence = 'session' } = credential;
    state.accept(credential);
    if (persistence === 'none') return;
    state.holdAt(space.proxy ? ['/'] : pathsOf(at, session.domain));
    if (persistence !== 'permanent' || state.saved === credential) return;
    state.saved = credential;
    try {
      await this.rules.storage.save(space, credential, [...state.paths]);
    } catch (cause) {
      state.saved = undefined;
      throw storageFailed(cause, request);
    }
  }

  #listing(origin: string): Promise<void> {
    const known = this.#listed.get(origin);
    if (known !== undefined) return known;
    const listing = this.#list(origin);
    if (this.#listed.size >= MOST_ORIGINS) this.#listed.clear();
    this.#listed.set(origin, listing);
    listing.catch(() => this.#listed.delete(origin));
    return listing;
  }

  async #list(origin: string): Promise<void> {
    this.spaces.preload(await this.rules.storage.list(origin), (space, credential) =>
      this.#begun(space, credential),
    );
  }

  #begun(space: ProtectionSpace, credential: Credential): AuthSession | undefined {
    const challenge = { scheme: space.scheme, params: { realm: space.realm }, token68: undefined };
    const scheme = schemeNamed(this.rules.schemes, space.scheme);
    if (scheme?.strength(challenge) === undefined) return undefined;
    try {
      return scheme.begin(challenge, credential);
    } catch {
      // One that cannot be sent is no reason to keep all the others at home.
      return undefined;
    }
  }
}

function storageFailed(cause: unknown, request: TaskRequest): unknown {
  if (isTaskError(cause)) return cause;
  const message = 'the storage of credentials failed';
  return taskError('auth', {}, { request, code: 'AUTH_STORAGE_FAILED', message, cause });
}
