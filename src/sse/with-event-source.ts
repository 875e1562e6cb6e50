import type { ClientOptions } from '../client/client-options.js';
import type { Client } from '../client/client.js';
import type { Interceptor } from '../task/task-handler.js';
import { type EventStream, eventSource } from './event-source.js';
import type { EventSourceInit } from './event-source-options.js';

/** A client that listens to server-sent events too. */
export interface EventSourceClient extends Client {
  /** See {@link eventSource}. @example client.eventSource('/feed').subscribe(({ data }) => show(data)); */
  eventSource<Name extends string = string>(url: string, init?: EventSourceInit): EventStream<Name>;
  /** A new client with these changes, which listens too. */
  with(...changes: readonly (Interceptor | ClientOptions)[]): EventSourceClient;
}

/**
 * The same client with `eventSource` among its verbs. It is not there by itself, so that nobody loads a parser of event
 * streams who has none.
 *
 * @example
 * const client = withEventSource(createClient({ baseUrl: 'https://api.example.com' }));
 */
export function withEventSource(client: Client): EventSourceClient {
  return {
    ...client,
    with: (...changes) => withEventSource(client.with(...changes)),
    eventSource: (url, init) => eventSource(client, url, init),
  };
}
