import { Observable, type Subscriber } from 'rxjs';
import { isTaskError, taskError } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';
import { type ResponseHead, withBody } from '../http/response.js';
import { joinBytes } from './join-bytes.js';
import { ACCEPT_STATUS, LIMITS } from './limits.js';
import { Stage } from './stage.js';
import type { TaskEvent } from './task-event.js';
import type { TaskHandler } from './task-handler.js';

/**
 * Decides what an answer is: a status that is not accepted becomes a `status` error with the start of its body, a
 * body beyond its bound a `limit` error, an end without a response a `network` error.
 */
export function settle(next: TaskHandler): TaskHandler {
  return (request) =>
    new Observable<TaskEvent>((subscriber) => {
      next(request).subscribe(new SettleStage(subscriber, request));
    });
}

class SettleStage extends Stage<TaskEvent, TaskEvent> {
  readonly #request: TaskRequest;
  #head: ResponseHead | undefined;
  /** The start of the body of a refused answer; `undefined` while the answer is good. */
  #refused: Uint8Array[] | undefined;
  #received = 0;

  constructor(downstream: Subscriber<TaskEvent>, request: TaskRequest) {
    super(downstream);
    this.#request = request;
  }

  protected onNext(event: TaskEvent): void {
    if (event.type === 'chunk') this.#onChunk(event);
    else if (event.type === 'head') this.#onHead(event);
    else {
      if (event.type === 'sent') this.#start();
      if (this.#refused === undefined) this.downstream.next(event);
    }
  }

  protected override onComplete(): void {
    if (this.#refused !== undefined) this.#refuse();
    else if (this.#head === undefined) {
      const message = 'the publisher completed without a response';
      throw taskError('network', { sent: true }, { request: this.#request, code: 'NO_RESPONSE', message });
    } else this.downstream.complete();
  }

  protected override onError(error: unknown): void {
    // The answer is known to be no; that its body broke off behind the head changes nothing.
    if (this.#refused !== undefined && isTaskError(error, 'network')) this.#refuse();
    else this.downstream.error(error);
  }

  #start(): void {
    this.#head = undefined;
    this.#refused = undefined;
    this.#received = 0;
  }

  #onHead(event: TaskEvent & { type: 'head' }): void {
    const { context, method } = this.#request;
    this.#head = event.head;
    if (!context.get(ACCEPT_STATUS)(event.head.status)) {
      this.#refused = [];
      return;
    }
    const { headers } = event.head;
    const declared = method === 'HEAD' || headers.has('content-encoding') ? undefined : headers.get('content-length');
    if (declared !== undefined && Number(declared) > this.#limit()) this.#exceed();
    this.downstream.next(event);
  }

  #onChunk(event: TaskEvent & { type: 'chunk' }): void {
    if (this.#head === undefined) {
      throw taskError('network', { sent: true }, { request: this.#request, code: 'MALFORMED_RESPONSE', message: 'the publisher sent a chunk before a head' });
    }
    this.#received += event.bytes.byteLength;
    if (this.#refused === undefined) {
      if (this.#received > this.#limit()) this.#exceed();
      this.downstream.next(event);
      return;
    }
    const { errorBodyBytes } = this.#request.context.get(LIMITS);
    const room = errorBodyBytes - (this.#received - event.bytes.byteLength);
    this.#refused.push(event.bytes.subarray(0, Math.max(0, room)));
    if (this.#received > errorBodyBytes) {
      this.#refuse();
      this.unsubscribe();
    }
  }

  #limit(): number {
    const limits = this.#request.context.get(LIMITS);
    return this.#request.delivery === 'buffered' ? limits.bufferedBytes : limits.streamedBytes;
  }

  #exceed(): never {
    const maxBytes = this.#limit();
    const message = `the response is larger than ${String(maxBytes)} bytes`;
    throw taskError('limit', { which: 'response', maxBytes }, { request: this.#request, code: 'LIMIT_RESPONSE', message });
  }

  #refuse(): void {
    const head = this.#head as ResponseHead;
    const response = withBody(head, joinBytes(this.#refused ?? []));
    const reason = head.statusText === '' ? '' : ` ${head.statusText}`;
    const { status } = head;
    this.downstream.error(
      taskError('status', { status, response }, { request: this.#request, code: `STATUS_${String(status)}`, message: `answered ${String(status)}${reason}` }),
    );
  }
}
