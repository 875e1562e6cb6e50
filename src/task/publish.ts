import { Observable, isObservable } from 'rxjs';
import { messageOf } from '../errors/cause-text.js';
import { fromInput } from '../errors/from-input.js';
import { isTaskError, taskError, withRequest } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';
import { Stage } from './stage.js';
import type { TaskEvent } from './task-event.js';
import type { DataTaskPublisher, DataTaskPublisherFactory, TaskHandler } from './task-handler.js';

/**
 * The innermost handler: asks the factory for an exchange at each subscription, and sees to it that whatever the
 * factory does wrong becomes a typed error.
 */
export function publish(factory: DataTaskPublisherFactory): TaskHandler {
  return (request) =>
    new Observable<TaskEvent>((subscriber) => {
      // Somebody to the left may have left already: a signal that an interceptor aborts.
      if (subscriber.closed) return;
      let publisher: DataTaskPublisher;
      try {
        publisher = factory.make(request);
      } catch (cause) {
        subscriber.error(asTaskError(cause, request));
        return;
      }
      if (isObservable(publisher)) publisher.subscribe(new PublishStage(subscriber, request));
      else subscriber.error(notObservable(publisher, request));
    });
}

class PublishStage extends Stage<TaskEvent, TaskEvent> {
  readonly #request: TaskRequest;

  constructor(downstream: ConstructorParameters<typeof Stage<TaskEvent, TaskEvent>>[0], request: TaskRequest) {
    super(downstream);
    this.#request = request;
  }

  protected onNext(event: TaskEvent): void {
    if (event.type === 'sent' || event.type === 'head') this.downstream.next(this.#known(event));
    else this.downstream.next(event);
  }

  /** A fake need not know its request: the number of the attempt and the URL that answered are put in here. */
  #known(event: TaskEvent & { type: 'sent' | 'head' }): TaskEvent {
    const { attempt, url } = this.#request;
    if (event.type === 'sent') return event.attempt === attempt ? event : { type: 'sent', attempt };
    return event.head.url === '' ? { type: 'head', head: { ...event.head, url } } : event;
  }

  protected override onError(cause: unknown): void {
    this.downstream.error(asTaskError(cause, this.#request));
  }
}

function asTaskError(cause: unknown, request: TaskRequest): unknown {
  try {
    const known = fromInput(cause, request);
    if (isTaskError(known)) return withRequest(known, request);
  } catch {
    // A value that throws when it is looked at is no error of ours.
  }
  const told = messageOf(cause);
  const message = told === '' ? 'the publisher failed' : `the publisher failed: ${told}`;
  return taskError('network', { sent: true }, { request, code: 'NETWORK_FAILED', message, cause });
}

function notObservable(returned: unknown, request: TaskRequest): Error {
  const message = `the factory's make() returned ${returned === null ? 'null' : typeof returned}, not an Observable`;
  return taskError('request', { field: 'factory' }, { request, code: 'INVALID_FACTORY', message });
}
