import type { Subscriber } from 'rxjs';
import { isTaskError, taskError } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';
import { type ResponseHead, withBody } from '../http/response.js';
import { firstRequest } from './first-request.js';
import type { HeldAnswer, HoldAnswer } from './held-answer.js';
import { joinBytes } from './join-bytes.js';
import { ACCEPT_STATUS, LIMITS } from './limits.js';
import type { TaskEvent } from './task-event.js';

/** Holds answers whose status is not accepted: a `status` error with the start of the body. */
export const refused: HoldAnswer = (head, request) =>
  request.context.get(ACCEPT_STATUS)(head.status) ? undefined : new RefusedAnswer(head, request);

class RefusedAnswer implements HeldAnswer {
  readonly #head: ResponseHead;
  readonly #request: TaskRequest;
  readonly #start: Uint8Array[] = [];
  #room: number;

  constructor(head: ResponseHead, request: TaskRequest) {
    this.#head = head;
    this.#request = request;
    this.#room = request.context.get(LIMITS).errorBodyBytes;
  }

  take(bytes: Uint8Array): boolean {
    this.#start.push(bytes.subarray(0, Math.max(0, this.#room)));
    this.#room -= bytes.byteLength;
    return this.#room < 0;
  }

  /** The answer is known to be no; that its body broke off behind the head changes nothing. */
  conclude(downstream: Subscriber<TaskEvent>, broken?: unknown): void {
    downstream.error(
      broken === undefined || isTaskError(broken, 'network') ? this.#error() : broken,
    );
  }

  #error(): Error {
    const { status, statusText } = this.#head;
    const response = withBody(this.#head, joinBytes(this.#start));
    const message = `answered ${String(status)}${statusText === '' ? '' : ` ${statusText}`}`;
    return taskError(
      'status',
      { status, response },
      { request: firstRequest(this.#request), code: `STATUS_${String(status)}`, message },
    );
  }
}
