import { Observable, type Subscriber, isObservable } from 'rxjs';
import { told } from '../errors/cause-text.js';
import { fromInput } from '../errors/from-input.js';
import { isTaskError, taskError, withRequest } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';
import { checkSendable } from '../http/sendable.js';
import { AT_WIRE } from './at-wire.js';
import { firstRequest } from './first-request.js';
import { tellAborted } from './heed.js';
import type { HeldAnswer, HoldAnswer } from './held-answer.js';
import { LIMITS } from './limits.js';
import { Stage } from './stage.js';
import type { TaskEvent } from './task-event.js';
import type { DataTaskPublisher, DataTaskPublisherFactory, TaskHandler } from './task-handler.js';

/**
 * The innermost handler: asks the factory for an exchange at each subscription, and sees to it that whatever the
 * factory does wrong becomes a typed error: a value it fails with, an end without a response, a body beyond its bound.
 * An answer goes to the first of `holds` that wants it, and downstream when none does.
 *
 * All of this is one step, because every request of every client goes through it.
 */
export function publish(
  factory: DataTaskPublisherFactory,
  holds: readonly HoldAnswer[] = [],
): TaskHandler {
  return (request) =>
    new Observable<TaskEvent>((subscriber) => {
      // Somebody to the left may have left already, and one signal may end many tasks: a slot that the first of them
      // gives back must not let in the next.
      if (subscriber.closed || tellAborted(request, subscriber)) return;
      let publisher: DataTaskPublisher;
      try {
        checkSendable(request);
        const atWire = request.context.get(AT_WIRE);
        publisher =
          atWire === undefined
            ? factory.make(request)
            : atWire(request, (sent) => factory.make(sent));
      } catch (cause) {
        subscriber.error(asTaskError(cause, request));
        return;
      }
      if (isObservable(publisher))
        publisher.subscribe(new PublishStage(subscriber, request, holds));
      else subscriber.error(notObservable(publisher, request));
    });
}

class PublishStage extends Stage<TaskEvent, TaskEvent> {
  readonly #request: TaskRequest;
  readonly #holds: readonly HoldAnswer[];
  #answered = false;
  #held: HeldAnswer | undefined;
  #received = 0;

  constructor(
    downstream: Subscriber<TaskEvent>,
    request: TaskRequest,
    holds: readonly HoldAnswer[],
  ) {
    super(downstream);
    this.#request = request;
    this.#holds = holds;
  }

  protected onNext(event: TaskEvent): void {
    if (event.type === 'chunk') this.#onChunk(event);
    else if (event.type === 'head') this.#onHead(event);
    else if (event.type === 'sent') this.#onSent(event);
    else if (this.#held === undefined && (this.#request.progress || !isProgress(event)))
      this.downstream.next(event);
  }

  protected override onComplete(): void {
    if (this.#held !== undefined) this.#held.conclude(this.downstream);
    else if (this.#answered) this.downstream.complete();
    else throw this.#broken('NO_RESPONSE', 'the publisher completed without a response');
  }

  protected override onError(cause: unknown): void {
    const error = asTaskError(cause, this.#request);
    if (this.#held === undefined) this.downstream.error(error);
    else this.#held.conclude(this.downstream, error);
  }

  /** A fake need not know its request: the number of the attempt, and the URL that answered, are put in here. */
  #onSent(event: TaskEvent & { type: 'sent' }): void {
    const { attempt } = this.#request;
    this.#answered = false;
    this.#held = undefined;
    this.#received = 0;
    this.downstream.next(event.attempt === attempt ? event : { type: 'sent', attempt });
  }

  #onHead(event: TaskEvent & { type: 'head' }): void {
    const { url } = this.#request;
    const known = event.head.url === '' ? { ...event, head: { ...event.head, url } } : event;
    this.#answered = true;
    try {
      for (const hold of this.#holds) {
        this.#held = hold(known.head, this.#request);
        if (this.#held !== undefined) return;
      }
    } catch (thrown) {
      // Not the publisher's: a refused redirect, or a bug in the caller's `acceptStatus` or `allow`, which passes as it is.
      this.unsubscribe();
      this.downstream.error(thrown);
      return;
    }
    const { headers, status } = known.head;
    // What a HEAD or a 304 declares is the length of what is not sent.
    const declared =
      this.#request.method === 'HEAD' || status === 304 || headers.has('content-encoding')
        ? undefined
        : headers.get('content-length');
    if (declared !== undefined) this.#bound(Number(declared));
    this.downstream.next(known);
  }

  #onChunk(event: TaskEvent & { type: 'chunk' }): void {
    if (!this.#answered)
      throw this.#broken('MALFORMED_RESPONSE', 'the publisher sent a chunk before a head');
    const held = this.#held;
    if (held === undefined) {
      this.#received += event.bytes.byteLength;
      this.#bound(this.#received);
      this.downstream.next(event);
    } else if (held.take(event.bytes)) {
      this.unsubscribe();
      held.conclude(this.downstream);
    }
  }

  #bound(bytes: number): void {
    const { context, delivery } = this.#request;
    const limits = context.get(LIMITS);
    const maxBytes = delivery === 'buffered' ? limits.bufferedBytes : limits.streamedBytes;
    // A length that is no number is none.
    if (!(bytes > maxBytes)) return;
    const message = `the response is larger than ${String(maxBytes)} bytes`;
    throw taskError(
      'limit',
      { which: 'response', maxBytes },
      { request: firstRequest(this.#request), code: 'LIMIT_RESPONSE', message },
    );
  }

  #broken(code: string, message: string): Error {
    return taskError(
      'network',
      { sent: true },
      { request: firstRequest(this.#request), code, message },
    );
  }
}

function isProgress({ type }: TaskEvent): boolean {
  return type === 'upload' || type === 'download';
}

function asTaskError(cause: unknown, request: TaskRequest): unknown {
  try {
    const known = fromInput(cause, request);
    if (isTaskError(known)) return withRequest(known, request);
  } catch {
    // A value that throws when it is looked at is no error of ours.
  }
  const message = `the publisher failed${told(cause)}`;
  return taskError('network', { sent: true }, { request, code: 'NETWORK_FAILED', message, cause });
}

function notObservable(returned: unknown, request: TaskRequest): Error {
  const message = `the factory's make() returned ${returned === null ? 'null' : typeof returned}, not an Observable`;
  return taskError('request', { field: 'factory' }, { request, code: 'INVALID_FACTORY', message });
}
