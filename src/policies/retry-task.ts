import type { Observable, Subscriber } from 'rxjs';
import type { TaskError } from '../errors/task-error.js';
import type { RequestBody } from '../http/body.js';
import type { TaskRequest } from '../http/request.js';
import type { TaskEvent } from '../task/task-event.js';
import type { TaskHandler } from '../task/task-handler.js';
import { IDEMPOTENT_METHODS, withIdempotencyKey } from './idempotency.js';
import { isTransient } from './retry-decision.js';
import { RetryRun, type RetrySettings } from './retry-run.js';

/** A run that knows its request: it numbers attempts, says when it pauses, and sends no stream twice. */
export class TaskRetryRun extends RetryRun<TaskEvent> {
  readonly #request: TaskRequest;
  readonly #next: TaskHandler;
  readonly #repeatable: boolean;
  /** The highest number of an attempt so far, also of those that a retry further in made. */
  #attempt: number;
  /** A chunk reached a consumer that takes them as they come. */
  #committed = false;
  /** A stream that can be read once was opened. */
  #consumed = false;

  constructor(
    downstream: Subscriber<TaskEvent>,
    settings: RetrySettings,
    request: TaskRequest,
    next: TaskHandler,
  ) {
    super(downstream, settings);
    this.#next = next;
    this.#attempt = request.attempt - 1;
    this.#repeatable = settings.rules.repeats(request.method);
    this.#request = this.#prepared(request);
    // An attempt of a retry further out is no new load.
    if (request.attempt === 1) settings.budget?.offer();
  }

  protected open(): Observable<TaskEvent> {
    this.#attempt += 1;
    const request = this.#request;
    return this.#next(
      request.attempt === this.#attempt ? request : request.clone({ attempt: this.#attempt }),
    );
  }

  look(event: TaskEvent): void {
    if (event.type === 'chunk') this.#committed = this.#request.delivery === 'streamed';
    else if (event.type === 'sent' || event.type === 'retrying')
      this.#attempt = Math.max(this.#attempt, event.attempt);
  }

  protected stands(error: TaskError): boolean {
    return (
      this.#committed ||
      this.#consumed ||
      !isTransient(error, this.#repeatable, this.rules.statuses)
    );
  }

  protected announce(delayMs: number, cause: TaskError): void {
    this.downstream.next({ type: 'retrying', attempt: this.#attempt + 1, delayMs, cause });
  }

  #prepared(request: TaskRequest): TaskRequest {
    const keyed =
      this.#repeatable && !IDEMPOTENT_METHODS.has(request.method) && this.rules.maxAttempts > 1
        ? withIdempotencyKey(request)
        : request;
    const { body } = keyed;
    return body?.kind === 'recipe' && !body.replayable
      ? keyed.clone({ body: this.#watched(body) })
      : keyed;
  }

  #watched(body: RequestBody & { kind: 'recipe' }): RequestBody {
    return {
      ...body,
      open: () => {
        this.#consumed = true;
        return body.open();
      },
    };
  }
}
