import { Observable, type Subscriber, filter } from 'rxjs';
import { InvalidInput } from '../http/invalid-input.js';
import type { TaskRequest } from '../http/request.js';
import { told } from '../errors/cause-text.js';
import { isTaskError, taskError } from '../errors/task-error.js';
import { joinBytes } from '../task/join-bytes.js';
import { Stage } from '../task/stage.js';
import type { TaskEvent } from '../task/task-event.js';
import type { DataTaskPublisher } from '../task/task-handler.js';
import { receivedBytes } from './received-bytes.js';

/**
 * Reads the request's body as a server would, recipe opened and all, and then answers: for tests of uploads. Without it
 * a fake never looks at the body.
 *
 * Upload progress is told when somebody looks at it. Unsubscribing lets the source go.
 *
 * @example
 * const fake = fakeFactory((request) => answer.afterBody(request, (body) => answer.json(200, body.byteLength)));
 */
export function afterBody(
  request: TaskRequest,
  respond: (body: Uint8Array) => DataTaskPublisher,
): DataTaskPublisher {
  return new Observable((subscriber) => {
    subscriber.next({ type: 'sent', attempt: request.attempt });
    receivedBytes(request.body).subscribe(new UploadStage(subscriber, request, respond));
  });
}

class UploadStage extends Stage<Uint8Array, TaskEvent> {
  readonly #request: TaskRequest;
  readonly #respond: (body: Uint8Array) => DataTaskPublisher;
  readonly #parts: Uint8Array[] = [];
  #loaded = 0;

  constructor(
    downstream: Subscriber<TaskEvent>,
    request: TaskRequest,
    respond: (body: Uint8Array) => DataTaskPublisher,
  ) {
    super(downstream);
    this.#request = request;
    this.#respond = respond;
  }

  protected onNext(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#loaded += bytes.byteLength;
    if (this.#request.progress) this.downstream.next(this.#progress());
  }

  protected override onComplete(): void {
    this.#respond(joinBytes(this.#parts))
      .pipe(filter((event) => event.type !== 'sent'))
      .subscribe(this.downstream);
  }

  protected override onError(cause: unknown): void {
    if (isTaskError(cause) || cause instanceof InvalidInput) this.downstream.error(cause);
    else {
      const message = `the source of the body failed${told(cause)}`;
      const init = { request: this.#request, code: 'BODY_SOURCE_FAILED', message, cause };
      this.downstream.error(taskError('request', { field: 'body' }, init));
    }
  }

  /** A body that is no recipe is received in one piece. */
  #progress(): TaskEvent {
    const { body } = this.#request;
    const total = body?.kind === 'recipe' ? body.length : this.#loaded;
    return { type: 'upload', loaded: this.#loaded, total };
  }
}
