import { Observable, type Subscriber, filter, map } from 'rxjs';
import type { Client } from '../client/client.js';
import { Connections } from './connections.js';
import type { ServerSentEvent } from './event-parser.js';
import { type EventSourceInit, checkedInit } from './event-source-options.js';
import type { EventSourceNotice } from './event-source-notice.js';

export type { EventSourceNotice } from './event-source-notice.js';

/**
 * A stream of server-sent events that survives cuts. Cold: each subscription is a source of its own.
 *
 * It reconnects after a lost or ended stream with the last id, through the client's interceptors, after the server's
 * `retry:` or a growing pause. 204 completes it; another status or media type is an error for good. Unsubscribing ends
 * the connection or the pause at once. Events wait for no consumer: who must hold the server back takes
 * `client.get(url).bytes.pipe(serverSentEvents(), oneByOne(…))`.
 */
export class EventStream<Name extends string = string> extends Observable<ServerSentEvent<Name>> {
  /** The same with the states `connecting`, `open` and `waiting` in-band: an exchange of its own per subscription. */
  readonly notices: Observable<EventSourceNotice<Name>>;

  /**
   * Of an Observable of notices: `eventSource` makes one that connects, a test may make one of its own. The events alone
   * are taken out of them unless somebody has them without.
   */
  constructor(
    notices: Observable<EventSourceNotice<Name>>,
    events: Observable<ServerSentEvent<Name>> = notices.pipe(
      filter((notice) => notice.type === 'event'),
      map(({ event }) => event),
    ),
  ) {
    super((subscriber) => events.subscribe(subscriber));
    this.notices = notices;
  }
}

/**
 * Listens to server-sent events through a client: any method, body and headers, its interceptors on every connection.
 *
 * @example
 * eventSource<'tick' | 'news'>(client, '/feed').subscribe(({ event, data }) => show(event, data));
 * @throws TaskError `request` for an option that is unknown or wrong, naming it. On the error channel: `status` for a
 * status other than 200 and 204, `decode` for another media type, `limit` for an event beyond its bound, `request` for a
 * body or an id that cannot be sent again, and what the client's policies end in for good
 */
export function eventSource<Name extends string = string>(
  client: Client,
  url: string,
  init: EventSourceInit = {},
): EventStream<Name> {
  const checked = checkedInit(init);
  const connected = <T>(
    told: (subscriber: Subscriber<T>) => (notice: EventSourceNotice) => void,
    heard: (subscriber: Subscriber<T>) => (event: ServerSentEvent) => void,
  ): Observable<T> =>
    new Observable((subscriber) => {
      const listener = { notice: told(subscriber), event: heard(subscriber) };
      const connections = new Connections(client, url, checked, subscriber, listener);
      subscriber.add(connections.teardown);
      connections.begin();
    });
  return new EventStream<Name>(
    connected<EventSourceNotice<Name>>(
      (subscriber) => (notice) => {
        subscriber.next(notice as EventSourceNotice<Name>);
      },
      (subscriber) => (event) => {
        subscriber.next({ type: 'event', event: event as ServerSentEvent<Name> });
      },
    ),
    connected<ServerSentEvent<Name>>(
      () => () => undefined,
      (subscriber) => (event) => {
        subscriber.next(event as ServerSentEvent<Name>);
      },
    ),
  );
}
