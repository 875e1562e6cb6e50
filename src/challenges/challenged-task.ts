import {
  Observable,
  catchError,
  concat,
  concatMap,
  defer,
  from,
  ignoreElements,
  takeWhile,
  throwError,
} from 'rxjs';
import { AUTH } from '../auth/auth.js';
import { fromInput } from '../errors/from-input.js';
import { type TaskError, isTaskError } from '../errors/task-error.js';
import { FlowGate, bothFlows } from '../http/flow.js';
import type { TaskRequest } from '../http/request.js';
import type { ResponseHead } from '../http/response.js';
import { absoluteUrl } from '../http/url.js';
import { ABROAD } from '../task/abroad.js';
import { HeldHeadStage } from '../task/held-head-stage.js';
import { ACCEPT_STATUS } from '../task/limits.js';
import { ON_HOP } from '../task/on-hop.js';
import type { TaskEvent } from '../task/task-event.js';
import type { Interceptor, TaskHandler } from '../task/task-handler.js';
import { type Answer, answerFor, fieldOf, toldOf, withAnswer } from './answer.js';
import { Answers } from './answers.js';
import { behind } from './behind.js';
import { type Sent, withBodyChecks } from './body-check.js';
import type { Known } from './known.js';

/** Who answers so need not have looked at the credential; and a 401 may be what the request takes. */
const SAYS_NOTHING = /^(401|407|408|429|5..)$/;

/** One request behind challenges. */
export class ChallengedTask {
  readonly #request: TaskRequest;
  readonly #next: TaskHandler;
  readonly #known: Known;
  readonly #answers: Answers;
  readonly #url: URL;
  readonly #onHop: Interceptor;
  #attempt: number;
  #delivered = false;
  /** What goes along. */
  #carried: readonly Answer[] = [];
  /** What went along with each hop of the exchange, and with the latest. */
  #sent = new Map<Answer, Sent>();
  #latest: readonly Answer[] = [];

  constructor(request: TaskRequest, next: TaskHandler, known: Known) {
    this.#request = request;
    this.#next = next;
    this.#known = known;
    this.#answers = new Answers(known.rules, known.spaces);
    this.#url = absoluteUrl(request.url);
    this.#attempt = request.attempt;
    this.#onHop = (hop, go) => this.#authorized(hop, go);
  }

  /** The exchange, with all that it takes to be let in. */
  run(): Observable<TaskEvent> {
    const { context, headers, body } = this.#request;
    const { rules } = this.#known;
    if (!context.get(AUTH) || headers.has('authorization')) return this.#next(this.#request);
    return this.#known.of(this.#url, this.#request, () => {
      this.#carried = this.#known.unasked(this.#url);
      return rules.probe !== false && body !== undefined && this.#mayBeAsked()
        ? this.#probed(rules.probe)
        : this.#send([]);
    });
  }

  /** Whether the server, or the proxy on the way, may ask for what does not go along. */
  #mayBeAsked(): boolean {
    const proxied = this.#known.proxyFor(this.#url) !== undefined;
    return this.#carried.length < (proxied ? 2 : 1);
  }

  /** A request without the body is answered first; the body goes out when it is known that it may. */
  #probed(method: 'HEAD' | 'OPTIONS' | 'GET'): Observable<TaskEvent> {
    const { headers, context } = this.#request;
    const bare = this.#request.clone({
      method,
      body: undefined,
      headers: headers.delete('content-type').delete('content-encoding'),
      context: context.with([ACCEPT_STATUS.of((status) => status !== 401 && status !== 407)]),
      delivery: 'buffered',
      progress: false,
    });
    const probe = new ChallengedTask(bare, this.#next, this.#known);
    // The body of a GET may be large, and nobody wants it.
    const asked =
      method === 'GET' ? probe.run().pipe(takeWhile(({ type }) => type !== 'head')) : probe.run();
    return concat(
      asked.pipe(ignoreElements()),
      defer(() => {
        this.#carried = probe.#carried;
        return this.#send([]);
      }),
    );
  }

  #send(previous: readonly TaskError[]): Observable<TaskEvent> {
    return new Observable((subscriber) => {
      const gate = new FlowGate();
      const { flow, context } = this.#request;
      const request = this.#request.clone({
        attempt: this.#attempt,
        ...(this.#carried.length === 0
          ? {}
          : {
              flow: flow === undefined ? gate : bothFlows(flow, gate),
              context: context.with([ON_HOP.of(this.#onHop)]),
            }),
      });
      const stage = new HeldHeadStage(
        subscriber,
        {
          saw: (event) => {
            this.#saw(event);
          },
          learn: (head) => this.#learn(head, previous),
          failed: (error) => this.#failed(error, previous),
        },
        gate,
      );
      this.#sent = new Map();
      this.#authorized(request, this.#next).subscribe(stage);
    });
  }

  /** One hop, with the answers that belong to it and no other. */
  #authorized(hop: TaskRequest, go: TaskHandler): Observable<TaskEvent> {
    const going = this.#goingTo(hop);
    this.#latest = going;
    const bare =
      this.#carried.length === 0 ? hop : hop.clone({ headers: this.#withoutAnswers(hop) });
    if (going.length === 0) return go(bare);
    return new Observable((subscriber) => {
      const leaving = new AbortController();
      subscriber.add(() => {
        leaving.abort();
      });
      subscriber.add(
        from(this.#answered(bare, going, leaving.signal)).subscribe({
          next: (request) => {
            go(request).subscribe(subscriber);
          },
          error: (cause: unknown) => {
            subscriber.error(fromInput(cause, this.#request));
          },
        }),
      );
    });
  }

  async #answered(
    hop: TaskRequest,
    going: readonly Answer[],
    signal: AbortSignal,
  ): Promise<TaskRequest> {
    let { headers } = hop;
    // Who reads the body to sign it leaves it with the task.
    const request = hop.clone({ signal });
    for (const answer of going) {
      const value = await answer.session.authorize(request);
      this.#sent.set(answer, { request: hop, value });
      headers = headers.set(fieldOf(answer), value);
    }
    return withBodyChecks(hop.clone({ headers }), going, this.#sent);
  }

  #goingTo({ url, context }: TaskRequest): Answer[] {
    const place = absoluteUrl(url);
    const own = context.get(ABROAD) ? undefined : answerFor(this.#carried, place);
    // Over TLS it would be the server who reads it.
    const proxy =
      place.protocol === 'http:' ? this.#carried.find(({ state }) => state.space.proxy) : undefined;
    return [own, proxy].filter((answer) => answer !== undefined);
  }

  #withoutAnswers({ headers }: TaskRequest): TaskRequest['headers'] {
    const own = headers.delete('authorization');
    return this.#carried.some(({ state }) => state.space.proxy)
      ? own.delete('proxy-authorization')
      : own;
  }

  #saw(event: TaskEvent): void {
    if (event.type === 'sent') this.#attempt = event.attempt + 1;
    if (event.type === 'chunk' && this.#request.delivery === 'streamed') this.#delivered = true;
  }

  /** The answers of all hops were right; the last hop may tell what to go on with. */
  #learn(head: ResponseHead, previous: readonly TaskError[]): Promise<void> | undefined {
    if (this.#sent.size === 0) return undefined;
    const learned = [...this.#sent].map(async ([answer, { request, value }]) => {
      const isLast = this.#latest.includes(answer);
      if (isLast && this.#placeOf(head) !== undefined)
        await answer.session.learn?.(toldOf(answer, head), request, value);
      if (!isLast || !SAYS_NOTHING.test(String(head.status)))
        await this.#known.accept(answer, absoluteUrl(request.url), this.#request);
    });
    return Promise.all(learned).then(
      () => undefined,
      (cause: unknown) => {
        throw behind(cause, previous);
      },
    );
  }

  #failed(error: unknown, previous: readonly TaskError[]): Observable<TaskEvent> {
    const ended = throwError(() => behind(error, previous));
    if (!isTaskError(error, 'status')) return ended;
    const proxy = error.status === 407;
    if (error.status !== 401 && !proxy) {
      const learning = this.#learn(error.response, previous);
      return learning === undefined ? ended : from(learning).pipe(concatMap(() => ended));
    }
    if (this.#delivered || this.#request.body?.replayable === false) return ended;
    const at = proxy ? this.#known.proxyFor(this.#url) : this.#placeOf(error.response);
    if (at === undefined) return ended;
    const used = this.#latest.find(({ state }) => state.space.proxy === proxy);
    const all = [...previous, error];
    return defer(() => this.#answers.find(error, this.#request, { at, proxy }, used)).pipe(
      catchError((cause: unknown) => throwError(() => behind(cause, all))),
      concatMap((answer) => {
        if (answer === undefined || this.#wasRefused(answer)) return ended;
        this.#carried = withAnswer(this.#carried, answer);
        return this.#send(all);
      }),
    );
  }

  /** It was there to go along and yet did not, as behind a redirect that had led abroad and back. */
  #wasRefused({ session, at }: Answer): boolean {
    return this.#carried.some(
      (carried) =>
        carried.session === session &&
        carried.at.href === at.href &&
        !this.#latest.includes(carried),
    );
  }

  /** Where the challenge came from, unless a redirect had led to another origin: that is not this request's to answer. */
  #placeOf({ url }: ResponseHead): URL | undefined {
    const place = URL.canParse(url) ? new URL(url) : this.#url;
    return place.origin === this.#url.origin ? place : undefined;
  }
}
