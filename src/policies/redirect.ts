import type { Subscriber } from 'rxjs';
import { taskError } from '../errors/task-error.js';
import { type Checks, checkFunction, countFrom, readOptions } from '../http/option-checks.js';
import { redactUrl } from '../http/redact.js';
import type { TaskRequest } from '../http/request.js';
import { checkingInput } from '../errors/from-input.js';
import { around } from '../task/compose.js';
import { REDIRECTED, firstRequest } from '../task/first-request.js';
import type { HeldAnswer, HoldAnswer } from '../task/held-answer.js';
import { ON_HOP } from '../task/on-hop.js';
import type { TaskEvent } from '../task/task-event.js';
import type { DataTaskPublisher, TaskHandler } from '../task/task-handler.js';
import { nextHop } from './redirect-rules.js';

/** How redirects are followed. */
export interface RedirectOptions {
  /** Hops followed before a `redirect` error. Default 20; 0 refuses the first. */
  readonly maxHops?: number;
  /** Whether this hop may be followed: asked on every hop, with absolute URLs. Default every http(s) one. */
  readonly allow?: (to: URL, from: URL) => boolean;
}

/** What the options must be. */
export const REDIRECT_CHECKS: Checks<RedirectOptions> = {
  maxHops: countFrom(0),
  allow: checkFunction,
};
const DRAINED_BYTES = 65_536;

/**
 * Follows redirects by the rules of RFC 9110 section 15.4: 301 and 302 turn a POST into a GET, 303 everything but HEAD,
 * 307 and 308 send method and body again. To another origin only a safe list of headers goes along. Each hop is an
 * event `redirecting` and a new `sent` of the same attempt.
 *
 * A client has it built in, innermost; in browsers the platform follows by itself and this sees only the end.
 * `again` is what the request of a hop goes to.
 */
export function followRedirects(given: RedirectOptions = {}, again: TaskHandler): HoldAnswer {
  const { maxHops = 20, allow = (): boolean => true } = checkingInput(() =>
    readOptions('redirect', given, REDIRECT_CHECKS),
  );
  return (head, request) => {
    const hops = request.context.get(REDIRECTED)?.hops ?? 0;
    const next = nextHop(request, head, allow, { hops, maxHops });
    if (next === undefined) return undefined;
    const onward = next.clone({
      context: next.context.with([REDIRECTED.of({ first: firstRequest(request), hops: hops + 1 })]),
    });
    return new Signpost(
      request,
      { type: 'redirecting', hop: hops + 1, status: head.status, url: redactUrl(next.url) },
      () => hop(onward, again),
    );
  };
}

function hop(request: TaskRequest, again: TaskHandler): DataTaskPublisher {
  const onHop = request.context.get(ON_HOP);
  return (onHop === undefined ? again : around(onHop, again))(request);
}

/** An answer that says to go elsewhere: the rest of it is read away, and then it is gone there. */
class Signpost implements HeldAnswer {
  readonly #request: TaskRequest;
  readonly #event: TaskEvent & { type: 'redirecting' };
  readonly #go: () => DataTaskPublisher;
  #drained = 0;

  constructor(
    request: TaskRequest,
    event: TaskEvent & { type: 'redirecting' },
    go: () => DataTaskPublisher,
  ) {
    this.#request = request;
    this.#event = event;
    this.#go = go;
  }

  take(bytes: Uint8Array): boolean {
    this.#drained += bytes.byteLength;
    return this.#drained > DRAINED_BYTES;
  }

  /** The way is known; that the body of the signpost broke off changes nothing. */
  conclude(downstream: Subscriber<TaskEvent>): void {
    const { status } = this.#event;
    if (this.#request.body?.replayable === false && (status === 307 || status === 308)) {
      const message =
        'the redirect asks for the body again, and a stream can be sent only once: give a recipe, () => stream';
      downstream.error(
        taskError(
          'request',
          { field: 'body' },
          { request: this.#request, code: 'BODY_NOT_REPLAYABLE', message },
        ),
      );
      return;
    }
    downstream.next(this.#event);
    this.#go().subscribe(downstream);
  }
}
