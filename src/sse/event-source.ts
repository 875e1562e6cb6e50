import { Observable, type Subscriber, Subscription, filter, map } from 'rxjs';
import type { Client } from '../client/client.js';
import type { DataTask } from '../client/data-task.js';
import { fromInput } from '../errors/from-input.js';
import { type TaskError, isTaskError, taskError } from '../errors/task-error.js';
import { HeaderFields } from '../http/header-fields.js';
import type { TaskRequest } from '../http/request.js';
import type { ResponseHead } from '../http/response.js';
import { deadline } from '../policies/deadline.js';
import { RESUMES } from '../policies/pause-while.js';
import { ENDLESS } from '../task/endless.js';
import { heed } from '../task/heed.js';
import { RANDOM, schedulerFor } from '../task/surroundings.js';
import { schedule } from '../task/wait.js';
import { EventParser, type ServerSentEvent } from './event-parser.js';
import { type EventSourceInit, checkedInit } from './event-source-options.js';
import { asUtf8 } from './id-header.js';
import { reconnectDelayMs } from './reconnect.js';

/** What an event source is doing, in-band, and what it received. */
export type EventSourceNotice<Name extends string = string> =
  | { readonly type: 'connecting'; /** From 1. */ readonly connection: number }
  | { readonly type: 'open'; readonly head: ResponseHead }
  | { readonly type: 'event'; readonly event: ServerSentEvent<Name> }
  | {
      readonly type: 'waiting';
      readonly delayMs: number;
      /** What ended the stream; `undefined` for a plain end. */ readonly cause:
        TaskError | undefined;
    };

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

/** Who is told: of the states, and of each event. */
interface Listener {
  notice(notice: EventSourceNotice): void;
  event(event: ServerSentEvent): void;
}

class Connections {
  readonly teardown = new Subscription();
  readonly #client: Client;
  readonly #url: string;
  readonly #init: ReturnType<typeof checkedInit>;
  readonly #subscriber: Subscriber<unknown>;
  readonly #listener: Listener;
  #connection = 0;
  #failures = 0;
  #retryMs: number;
  #lastEventId: string;

  constructor(
    client: Client,
    url: string,
    init: ReturnType<typeof checkedInit>,
    subscriber: Subscriber<unknown>,
    listener: Listener,
  ) {
    this.#client = client;
    this.#url = url;
    this.#init = init;
    this.#subscriber = subscriber;
    this.#listener = listener;
    this.#retryMs = init.retryMs;
    this.#lastEventId = init.lastEventId;
  }

  begin(): void {
    this.#orFail(() => {
      const task = this.#task();
      if (heed(task.request, this.#subscriber)) this.#connect(task);
    });
  }

  #connect(task: DataTask<unknown>): void {
    const { idleMs } = this.#init;
    this.#connection += 1;
    this.#listener.notice({ type: 'connecting', connection: this.#connection });
    if (this.#subscriber.closed) return;
    const connection = new Subscription();
    this.teardown.add(connection);
    const leave = (cause: TaskError | undefined): void => {
      connection.unsubscribe();
      this.#wait(cause, task.request);
    };
    this.#listen(idleMs === 0 ? task : task.with(deadline({ idleMs })), connection, leave);
  }

  #task(): DataTask<unknown> {
    const { method = 'GET', body, params, context, signal, headers } = this.#init;
    return this.#client.request({
      url: this.#url,
      method,
      headers: this.#headers(headers),
      acceptStatus: (status) => status === 200 || status === 204,
      ...(body === undefined ? {} : { body }),
      ...(params === undefined ? {} : { params }),
      context: [RESUMES.of(true), ENDLESS.of(true), ...(context ?? [])],
      ...(signal === undefined ? {} : { signal }),
      cache: 'no-store',
    });
  }

  #listen(
    { events, request }: DataTask<unknown>,
    connection: Subscription,
    leave: (cause: TaskError | undefined) => void,
  ): void {
    const subscriber = this.#subscriber;
    const listener = this.#listener;
    const parser = new EventParser(
      {
        event: (event) => {
          if (connection.closed) return;
          this.#lastEventId = event.lastEventId;
          listener.event(event);
        },
        retry: (delayMs) => {
          this.#retryMs = delayMs;
        },
      },
      { maxBytes: this.#init.maxEventBytes, lastEventId: this.#lastEventId, request },
    );
    connection.add(
      events.subscribe({
        next: (event) => {
          if (event.type === 'head') this.#opened(event.head, request);
          else if (event.type === 'chunk') {
            this.#orFail(() => {
              parser.push(event.bytes);
              this.#lastEventId = parser.lastEventId;
            });
          }
        },
        error: (error: unknown) => {
          parser.finish();
          if (isTaskError(error) && (error.kind === 'network' || error.kind === 'timeout'))
            leave(error);
          else subscriber.error(error);
        },
        complete: () => {
          parser.finish();
          leave(undefined);
        },
      }),
    );
  }

  #opened(head: ResponseHead, request: TaskRequest): void {
    const subscriber = this.#subscriber;
    const type = head.headers.get('content-type') ?? '';
    if (head.status === 204) subscriber.complete();
    else if (/^text\/event-stream\s*(;|$)/i.test(type.trim())) {
      this.#failures = 0;
      this.#listener.notice({ type: 'open', head });
    } else {
      const message = `expected text/event-stream, not ${type === '' ? 'a response without a media type' : type.slice(0, 80)}`;
      subscriber.error(
        taskError(
          'decode',
          { head, response: undefined, issues: [] },
          { request, code: 'DECODE_MEDIA_TYPE', message },
        ),
      );
    }
  }

  #wait(cause: TaskError | undefined, request: TaskRequest): void {
    const delayMs = reconnectDelayMs(
      { baseMs: this.#retryMs, maxMs: this.#init.maxRetryMs, failures: this.#failures },
      request.context.get(RANDOM),
    );
    this.#failures += 1;
    this.#listener.notice({ type: 'waiting', delayMs, cause });
    if (this.#subscriber.closed) return;
    // Made first: a scheduler may call back before it returns.
    const pause = new Subscription();
    this.teardown.add(pause);
    pause.add(
      schedule(schedulerFor(request, undefined), delayMs, () => {
        pause.unsubscribe();
        this.#orFail(() => {
          this.#connect(this.#task());
        });
      }),
    );
  }

  /** What is thrown here would be nobody's: it is the end of the source. */
  #orFail(step: () => void): void {
    try {
      step();
    } catch (cause) {
      this.#subscriber.error(fromInput(cause));
    }
  }

  #headers(given: EventSourceInit['headers']): HeaderFields {
    const headers = HeaderFields.from({ accept: 'text/event-stream' }).merge(given ?? {});
    return this.#lastEventId === ''
      ? headers
      : headers.set('last-event-id', asUtf8(this.#lastEventId));
  }
}
