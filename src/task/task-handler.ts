import type { Observable } from 'rxjs';
import type { TaskRequest } from '../http/request.js';
import type { TaskEvent } from './task-event.js';

/** One exchange, cold: subscribing sends the request, unsubscribing aborts it, silently and at once. */
export type DataTaskPublisher = Observable<TaskEvent>;

/**
 * What makes exchanges out of requests: the one seam. In production it is axios, in a test a fake.
 *
 * `make` is called once for each attempt, with the request as it is after all interceptors. It must return an
 * Observable that keeps the grammar of {@link TaskEvent}; what it throws or fails with becomes a `network` error,
 * unless it is a `TaskError` already.
 *
 * @example
 * const offline: DataTaskPublisherFactory = { make: () => throwError(() => new Error('no network in this test')) };
 */
export interface DataTaskPublisherFactory {
  make(request: TaskRequest): DataTaskPublisher;
}

/** The rest of a chain: from a request to its exchange. */
export type TaskHandler = (request: TaskRequest) => DataTaskPublisher;

/**
 * A function around the rest of the chain. Calling `next` does nothing yet; each subscription to what it returns runs
 * everything to the right again.
 *
 * @example
 * const traced: Interceptor = (request, next) =>
 *   next(request.clone({ headers: request.headers.set('X-Trace', newTraceId()) }));
 */
export type Interceptor = (request: TaskRequest, next: TaskHandler) => DataTaskPublisher;
