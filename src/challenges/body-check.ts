import { Observable, type Subscriber, from } from 'rxjs';
import { isTaskError, taskError } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';
import type { ResponseHead } from '../http/response.js';
import { originOf } from '../http/url.js';
import { withAtWire } from '../task/at-wire.js';
import { Stage } from '../task/stage.js';
import type { TaskEvent } from '../task/task-event.js';
import { TRANSFERRED } from '../task/transferred.js';
import { type Answer, fieldOf, toldOf } from './answer.js';
import type { BodyCheck } from './auth-scheme.js';

/** What an answer was sent as. */
export interface Sent {
  readonly request: TaskRequest;
  readonly value: string;
}

/** The request with the body of its answer checked on its way, by the sessions that went along and have a check. */
export function withBodyChecks(
  request: TaskRequest,
  going: readonly Answer[],
  sent: ReadonlyMap<Answer, Sent>,
): TaskRequest {
  return going.reduce((checked, answer) => {
    const { session } = answer;
    const value = sent.get(answer)?.value ?? '';
    if (session.checkBody === undefined) return checked;
    return withAtWire(checked, (exchange, go) => {
      const { headers, context } = exchange;
      // The next hop of a redirect has an answer of its own, or none.
      if (headers.get(fieldOf(answer)) !== value) return go(exchange);
      return new Observable((subscriber) => {
        const stage = new BodyCheckStage(subscriber, exchange, (head) =>
          session.checkBody?.(toldOf(answer, head), exchange, value),
        );
        const outer = context.get(TRANSFERRED);
        const tell = (bytes: Uint8Array): void => {
          outer?.(bytes);
          stage.transferred(bytes);
        };
        go(exchange.clone({ context: context.with([TRANSFERRED.of(tell)]) })).subscribe(stage);
      });
    });
  }, request);
}

/** Looks at the body of an exchange as it was transferred; its end waits for what the check says of it. */
class BodyCheckStage extends Stage<TaskEvent, TaskEvent> {
  readonly #request: TaskRequest;
  readonly #checkOf: (head: ResponseHead) => BodyCheck | undefined;
  #check: BodyCheck | undefined;
  /** Chunks are what is left when a coding was undone. */
  #isCoded = false;
  /** The publisher tells of what it was. */
  #isTold = false;

  constructor(
    downstream: Subscriber<TaskEvent>,
    request: TaskRequest,
    checkOf: (head: ResponseHead) => BodyCheck | undefined,
  ) {
    super(downstream);
    this.#request = request;
    this.#checkOf = checkOf;
  }

  transferred(bytes: Uint8Array): void {
    this.#isTold = true;
    this.#take(bytes);
  }

  protected onNext(event: TaskEvent): void {
    if (event.type === 'head') this.#begin(event.head);
    else if (event.type === 'chunk' && !this.#isTold && !this.#isCoded) this.#take(event.bytes);
    this.downstream.next(event);
  }

  protected override onComplete(): void {
    const check = this.#check;
    if (check === undefined || (this.#isCoded && !this.#isTold)) {
      this.downstream.complete();
      return;
    }
    const done = Promise.resolve().then(() => check.end());
    this.downstream.add(
      from(done).subscribe({
        error: (cause: unknown) => {
          this.downstream.error(this.#failed(cause));
        },
        complete: () => {
          this.downstream.complete();
        },
      }),
    );
  }

  /**
   * Who was refused, or was led to another origin, has been told nothing that could be proven; an answer to HEAD and a 304
   * may speak of a body that they do not have.
   */
  #begin(head: ResponseHead): void {
    const { status, headers, url } = head;
    this.#check = undefined;
    if (status === 401 || status === 407 || status === 304 || this.#request.method === 'HEAD')
      return;
    if (URL.canParse(url) && originOf(url) !== originOf(this.#request.url)) return;
    this.#isCoded = headers.has('content-encoding') || isHidden(this.#request);
    try {
      this.#check = this.#checkOf(head);
    } catch (cause) {
      throw this.#failed(cause);
    }
  }

  #take(bytes: Uint8Array): void {
    try {
      this.#check?.take(bytes);
    } catch (cause) {
      this.error(this.#failed(cause));
    }
  }

  #failed(cause: unknown): unknown {
    if (isTaskError(cause)) return cause;
    const message = 'the scheme could not check the body';
    const about = { request: this.#request, code: 'AUTH_SCHEME_FAILED', message, cause };
    return taskError('auth', {}, about);
  }
}

/** In a page `Content-Encoding` need not be shown where another origin answers. */
function isHidden({ url }: TaskRequest): boolean {
  const { location } = globalThis as { location?: { readonly origin?: string } };
  return location?.origin !== undefined && location.origin !== originOf(url);
}
