import type { RequestBody } from './body.js';
import { TaskContext } from './context.js';
import type { Flow } from './flow.js';
import { HeaderFields } from './header-fields.js';

/**
 * How the caller takes the response: `buffered` collects it and starts again on a new attempt, `streamed` hands each
 * chunk on as it comes, so that nothing may be asked for again once one was delivered.
 */
export type Delivery = 'buffered' | 'streamed';

/** The parts of a request that are not what every request has. */
export interface TaskRequestParts {
  /** Upper-case method. Default `GET`. */
  readonly method?: string;
  /** Absolute `http:` or `https:` URL (in a browser it may be relative to the page). */
  readonly url: string;
  readonly headers?: HeaderFields;
  readonly body?: RequestBody | undefined;
  readonly context?: TaskContext;
  readonly signal?: AbortSignal | undefined;
  readonly attempt?: number;
  readonly delivery?: Delivery;
  readonly progress?: boolean;
  readonly flow?: Flow | undefined;
}

/**
 * One request as a value: immutable, made by the client, changed by interceptors through {@link TaskRequest.clone}.
 *
 * @example
 * const traced = request.clone({ headers: request.headers.set('X-Trace', '7') });
 */
export class TaskRequest {
  /** The method, as it goes on the wire. */
  readonly method: string;
  /** The absolute URL, query included, without user name, password or fragment. */
  readonly url: string;
  /** The header fields that were asked for; the body's `Content-Type` and length are added by the publisher. */
  readonly headers: HeaderFields;
  /** What is sent, encoded; `undefined` when there is no body. */
  readonly body: RequestBody | undefined;
  /** Typed values that travel along and never reach the wire. */
  readonly context: TaskContext;
  /** The caller's signal, honoured beside unsubscribing. */
  readonly signal: AbortSignal | undefined;
  /** Which attempt of the task this is, from 1. */
  readonly attempt: number;
  /** How the caller takes the response. */
  readonly delivery: Delivery;
  /** Whether somebody looks at `upload` and `download` events; a publisher sends none otherwise. */
  readonly progress: boolean;
  /** Where a slow consumer holds the response back. */
  readonly flow: Flow | undefined;

  constructor(parts: TaskRequestParts) {
    this.method = parts.method ?? 'GET';
    this.url = parts.url;
    this.headers = parts.headers ?? HeaderFields.empty;
    this.body = parts.body;
    this.context = parts.context ?? TaskContext.empty;
    this.signal = parts.signal;
    this.attempt = parts.attempt ?? 1;
    this.delivery = parts.delivery ?? 'buffered';
    this.progress = parts.progress ?? false;
    this.flow = parts.flow;
  }

  /** A new request that differs in these parts. */
  clone(changes: Partial<TaskRequestParts>): TaskRequest {
    return new TaskRequest({ ...this, ...changes });
  }
}
