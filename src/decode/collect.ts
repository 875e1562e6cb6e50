import { type Subscriber, from } from 'rxjs';
import { told } from '../errors/cause-text.js';
import { isTaskError, taskError, withRequest } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';
import { type ResponseHead, type TaskResponse, withBody } from '../http/response.js';
import { joinBytes } from '../task/join-bytes.js';
import { Stage } from '../task/stage.js';
import type { TaskEvent } from '../task/task-event.js';
import type { Look } from '../task/task-view.js';
import { decodeError } from './decode-error.js';
import type { Decoder } from './decoder.js';

/** The decoded body, once, at the end. */
export function bodyLook<T>(decode: Decoder<T>): Look<T> {
  return {
    asks: BUFFERED,
    stage: (subscriber, request) => new CollectStage<T, T>(subscriber, request, decode, justBody),
  };
}

/** Status, headers and decoded body, once, at the end. */
export function responseLook<T>(decode: Decoder<T>): Look<TaskResponse<T>> {
  return {
    asks: BUFFERED,
    stage: (subscriber, request) =>
      new CollectStage<T, TaskResponse<T>>(subscriber, request, decode, withBody),
  };
}

/** The events as they are. */
export const eventsLook: Look<TaskEvent> = {
  asks: { delivery: 'streamed', progress: true },
  stage: (subscriber) => subscriber,
};

/** The chunks of the body as they come. */
export const bytesLook: Look<Uint8Array> = {
  asks: { delivery: 'streamed' },
  stage: (subscriber) => new ChunkStage(subscriber),
};

const BUFFERED = { delivery: 'buffered' } as const;

const justBody = <T>(_head: ResponseHead, body: T): T => body;

class CollectStage<T, Out> extends Stage<TaskEvent, Out> {
  readonly #request: TaskRequest;
  readonly #decode: Decoder<T>;
  readonly #shape: (head: ResponseHead, body: T) => Out;
  #head: ResponseHead | undefined;
  #chunks: Uint8Array[] = [];

  constructor(
    downstream: Subscriber<Out>,
    request: TaskRequest,
    decode: Decoder<T>,
    shape: (head: ResponseHead, body: T) => Out,
  ) {
    super(downstream);
    this.#request = request;
    this.#decode = decode;
    this.#shape = shape;
  }

  protected onNext(event: TaskEvent): void {
    if (event.type === 'chunk') this.#chunks.push(event.bytes);
    else if (event.type === 'head') this.#head = event.head;
    else if (event.type === 'sent') {
      this.#head = undefined;
      this.#chunks = [];
    }
  }

  protected override onComplete(): void {
    const head = this.#head;
    if (head === undefined) {
      throw taskError(
        'network',
        { sent: true },
        {
          request: this.#request,
          code: 'NO_RESPONSE',
          message: 'the chain completed without a response',
        },
      );
    }
    const response = withBody(head, joinBytes(this.#chunks));
    let body: T | Promise<T>;
    try {
      body = this.#decode(response);
    } catch (cause) {
      throw this.#failure(cause, response);
    }
    if (!isThenable(body)) {
      this.downstream.next(this.#shape(head, body));
      this.downstream.complete();
      return;
    }
    this.downstream.add(
      from(body).subscribe({
        next: (late) => {
          this.downstream.next(this.#shape(head, late));
        },
        error: (cause: unknown) => {
          this.downstream.error(this.#failure(cause, response));
        },
        complete: () => {
          this.downstream.complete();
        },
      }),
    );
  }

  #failure(cause: unknown, response: TaskResponse<Uint8Array>): unknown {
    return withRequest(
      isTaskError(cause)
        ? cause
        : decodeError(response, 'DECODE_FAILED', `the decoder threw${told(cause)}`, cause),
      this.#request,
    );
  }
}

/** Promises of another realm are promises too. */
function isThenable<T>(value: T | Promise<T>): value is Promise<T> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<Promise<T>>).then === 'function'
  );
}

class ChunkStage extends Stage<TaskEvent, Uint8Array> {
  protected onNext(event: TaskEvent): void {
    if (event.type === 'chunk') this.downstream.next(event.bytes);
  }
}
