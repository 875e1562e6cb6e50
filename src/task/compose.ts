import { Observable, isObservable } from 'rxjs';
import { fromInput } from '../errors/from-input.js';
import { taskError } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';
import type { TaskEvent } from './task-event.js';
import type { DataTaskPublisher, Interceptor, TaskHandler } from './task-handler.js';

/**
 * Folds interceptors around the last handler, the first one outermost. Every step is deferred until it is subscribed:
 * that makes the chain cold, runs everything to the right again on each attempt, and turns a synchronous throw into an
 * error notification.
 *
 * @example
 * const handler = compose([logTasks(sink), retryTransient()], (request) => factory.make(request));
 */
export function compose(interceptors: readonly Interceptor[], last: TaskHandler): TaskHandler {
  return interceptors.reduceRight<TaskHandler>(
    (next, interceptor) => around(interceptor, next),
    last,
  );
}

/** One interceptor around one handler, deferred. */
export function around(interceptor: Interceptor, next: TaskHandler): TaskHandler {
  return (request) =>
    new Observable<TaskEvent>((subscriber) => {
      if (subscriber.closed) return;
      let publisher: DataTaskPublisher;
      try {
        publisher = interceptor(request, next);
      } catch (cause) {
        subscriber.error(fromInput(cause, request));
        return;
      }
      if (isObservable(publisher)) publisher.subscribe(subscriber);
      else subscriber.error(notObservable(interceptor, publisher, request));
    });
}

function notObservable(interceptor: Interceptor, returned: unknown, request: TaskRequest): Error {
  const name = interceptor.name === '' ? 'an interceptor' : `the interceptor ${interceptor.name}`;
  return taskError(
    'request',
    { field: 'interceptors' },
    {
      request,
      code: 'INVALID_INTERCEPTOR',
      message: `${name} returned ${returned === null ? 'null' : typeof returned}, not an Observable`,
    },
  );
}
