import { Observable, type Subscriber } from 'rxjs';
import { taskError } from '../errors/task-error.js';
import { checkCount, checkFunction, checkOptionNames, ownOptions } from '../http/option-checks.js';
import { redactUrl } from '../http/redact.js';
import type { TaskRequest } from '../http/request.js';
import type { ResponseHead } from '../http/response.js';
import { checkingInput } from '../errors/from-input.js';
import { Stage } from '../task/stage.js';
import type { TaskEvent } from '../task/task-event.js';
import type { Interceptor, TaskHandler } from '../task/task-handler.js';
import { nextHop } from './redirect-rules.js';

/** How redirects are followed. */
export interface RedirectOptions {
  /** Hops followed before a `redirect` error. Default 20; 0 refuses the first. */
  readonly maxHops?: number;
  /** Whether this hop may be followed: asked on every hop, with absolute URLs. Default every http(s) one. */
  readonly allow?: (to: URL, from: URL) => boolean;
}

const DRAINED_BYTES = 65_536;

/**
 * Follows redirects by the rules of RFC 9110 section 15.4: 301 and 302 turn a POST into a GET, 303 everything but HEAD,
 * 307 and 308 send method and body again. To another origin only a safe list of headers goes along. Each hop is an
 * event `redirecting` and a new `sent` of the same attempt.
 *
 * A client has it built in, innermost; in browsers the platform follows by itself and this sees only the end.
 */
export function followRedirects(given: RedirectOptions = {}): Interceptor {
  const { maxHops, allow } = checkingInput(() => {
    checkOptionNames('redirect', given, ['maxHops', 'allow']);
    const options = ownOptions(given);
    if (options.allow !== undefined) checkFunction('redirect.allow', options.allow);
    return { maxHops: checkCount('redirect.maxHops', options.maxHops ?? 20, 0), allow: options.allow ?? ((): boolean => true) };
  });
  const follow = (request: TaskRequest, next: TaskHandler, hops: number): Observable<TaskEvent> =>
    new Observable((subscriber) => {
      next(request).subscribe(
        new HopStage(subscriber, request, (head) => {
          const hop = nextHop(request, head, allow, { hops, maxHops });
          if (hop === undefined) return undefined;
          return { event: { type: 'redirecting', hop: hops + 1, status: head.status, url: redactUrl(hop.url) }, publisher: follow(hop, next, hops + 1) };
        }),
      );
    });
  return (request, next) => follow(request, next, 0);
}

interface Hop {
  readonly event: TaskEvent;
  readonly publisher: Observable<TaskEvent>;
}

/** Passes an exchange on until its head says to go elsewhere; then reads the rest away and goes. */
class HopStage extends Stage<TaskEvent, TaskEvent> {
  readonly #request: TaskRequest;
  readonly #decide: (head: ResponseHead) => Hop | undefined;
  #hop: Hop | undefined;
  #drained = 0;

  constructor(downstream: Subscriber<TaskEvent>, request: TaskRequest, decide: (head: ResponseHead) => Hop | undefined) {
    super(downstream);
    this.#request = request;
    this.#decide = decide;
  }

  protected onNext(event: TaskEvent): void {
    if (this.#hop !== undefined) {
      if (event.type === 'chunk') this.#drain(event.bytes.byteLength);
    } else {
      if (event.type === 'head') this.#hop = this.#decide(event.head);
      if (this.#hop === undefined) this.downstream.next(event);
    }
  }

  protected override onComplete(): void {
    if (this.#hop === undefined) this.downstream.complete();
    else this.#go(this.#hop);
  }

  protected override onError(error: unknown): void {
    // The way is known; that the body of the signpost broke off changes nothing.
    if (this.#hop === undefined) this.downstream.error(error);
    else this.#go(this.#hop);
  }

  #drain(bytes: number): void {
    this.#drained += bytes;
    if (this.#drained <= DRAINED_BYTES || this.#hop === undefined) return;
    const hop = this.#hop;
    this.unsubscribe();
    this.#go(hop);
  }

  #go(hop: Hop): void {
    if (this.#request.body?.replayable === false && hop.event.type === 'redirecting' && (hop.event.status === 307 || hop.event.status === 308)) {
      const message = 'the redirect asks for the body again, and a stream can be sent only once: give a recipe, () => stream';
      this.downstream.error(taskError('request', { field: 'body' }, { request: this.#request, code: 'BODY_NOT_REPLAYABLE', message }));
      return;
    }
    this.downstream.next(hop.event);
    hop.publisher.subscribe(this.downstream);
  }
}

