import { Observable, type SchedulerLike, type Subscriber, Subscription, filter, map } from 'rxjs';
import type { Client } from '../client/client.js';
import { fromInput } from '../errors/from-input.js';
import { type TaskError, isTaskError, taskError } from '../errors/task-error.js';
import { HeaderFields } from '../http/header-fields.js';
import type { ResponseHead } from '../http/response.js';
import { DEADLINE } from '../policies/deadline-parts.js';
import { deadline } from '../policies/deadline.js';
import type { Interceptor } from '../task/task-handler.js';
import { RESUMES } from '../policies/pause-while.js';
import { RANDOM, schedulerFor } from '../task/surroundings.js';
import type { TaskEvent } from '../task/task-event.js';
import { schedule } from '../task/wait.js';
import { EventParser, type ServerSentEvent } from './event-parser.js';
import { type EventSourceInit, checkedInit } from './event-source-options.js';
import { reconnectDelayMs } from './reconnect.js';

/** What an event source is doing, in-band, and what it received. */
export type EventSourceNotice<Name extends string = string> =
  | { readonly type: 'connecting'; /** From 1. */ readonly connection: number }
  | { readonly type: 'open'; readonly head: ResponseHead }
  | { readonly type: 'event'; readonly event: ServerSentEvent<Name> }
  | { readonly type: 'waiting'; readonly delayMs: number; /** What ended the stream; `undefined` for a plain end. */ readonly cause: TaskError | undefined };

/**
 * A stream of server-sent events that survives cuts. Cold: each subscription is a source of its own.
 *
 * It reconnects after a lost or ended stream with the last id, through the client's interceptors, after the server's
 * `retry:` or a growing pause. 204 completes it; another status or media type is an error for good.
 */
export class EventStream<Name extends string = string> extends Observable<ServerSentEvent<Name>> {
  /** The same with the states `connecting`, `open` and `waiting` in-band: an exchange of its own per subscription. */
  readonly notices: Observable<EventSourceNotice<Name>>;

  constructor(notices: Observable<EventSourceNotice<Name>>) {
    super((subscriber) =>
      notices.pipe(filter((notice) => notice.type === 'event'), map(({ event }) => event)).subscribe(subscriber),
    );
    this.notices = notices;
  }
}

/**
 * Listens to server-sent events through a client: any method, body and headers, its interceptors on every connection.
 *
 * @example
 * eventSource<'tick' | 'news'>(client, '/feed').subscribe(({ event, data }) => show(event, data));
 * @throws TaskError (on the error channel) `status` for a status other than 200 and 204, `decode` for another media
 * type, `limit` for an event beyond its bound, and what the client's policies end in for good
 */
export function eventSource<Name extends string = string>(client: Client, url: string, init: EventSourceInit = {}): EventStream<Name> {
  const checked = checkedInit(init);
  return new EventStream<Name>(
    new Observable((subscriber) => {
      const connections = new Connections(client, url, checked, subscriber as Subscriber<EventSourceNotice>);
      subscriber.add(connections.teardown);
      connections.connect();
    }),
  );
}

class Connections {
  readonly teardown = new Subscription();
  readonly #client: Client;
  readonly #url: string;
  readonly #init: ReturnType<typeof checkedInit>;
  readonly #subscriber: Subscriber<EventSourceNotice>;
  #connection = 0;
  #failures = 0;
  #retryMs: number;
  #lastEventId: string;

  constructor(client: Client, url: string, init: ReturnType<typeof checkedInit>, subscriber: Subscriber<EventSourceNotice>) {
    this.#client = client;
    this.#url = url;
    this.#init = init;
    this.#subscriber = subscriber;
    this.#retryMs = init.retryMs;
    this.#lastEventId = init.lastEventId;
  }

  connect(): void {
    const { method = 'GET', body, params, context, signal, headers } = this.#init;
    this.#connection += 1;
    this.#subscriber.next({ type: 'connecting', connection: this.#connection });
    if (this.#subscriber.closed) return;
    const task = this.#client.request({
      url: this.#url,
      method,
      headers: this.#headers(headers),
      acceptStatus: (status) => status === 200 || status === 204,
      ...(body === undefined ? {} : { body }),
      ...(params === undefined ? {} : { params }),
      context: [RESUMES.of(true), ...(context ?? [])],
      ...(signal === undefined ? {} : { signal }),
      cache: 'no-store',
    });
    const scheduler = schedulerFor(task.request, undefined);
    const random = task.request.context.get(RANDOM);
    const connection = new Subscription();
    this.teardown.add(connection);
    const leave = (cause: TaskError | undefined): void => {
      connection.unsubscribe();
      this.teardown.remove(connection);
      this.#wait(cause, scheduler, random);
    };
    const { idleMs } = this.#init;
    this.#listen(task.with(deadline({ idleMs }), withoutDeadline).events, connection, leave);
  }

  #listen(events: Observable<TaskEvent>, connection: Subscription, leave: (cause: TaskError | undefined) => void): void {
    const subscriber = this.#subscriber;
    const parser = new EventParser(
      {
        event: (event) => {
          if (connection.closed) return;
          this.#lastEventId = event.lastEventId;
          subscriber.next({ type: 'event', event });
        },
        retry: (delayMs) => {
          this.#retryMs = delayMs;
        },
      },
      this.#init.maxEventBytes,
      this.#lastEventId,
    );
    let over = false;
    connection.add(
      events.subscribe({
        next: (event) => {
          if (event.type === 'head') over = this.#opened(event.head);
          else if (event.type === 'chunk' && !over) {
            try {
              parser.push(event.bytes);
              this.#lastEventId = parser.lastEventId;
            } catch (error) {
              subscriber.error(error);
            }
          }
        },
        error: (error: unknown) => {
          parser.finish();
          if (isTaskError(error) && (error.kind === 'network' || error.kind === 'timeout')) leave(error);
          else subscriber.error(error);
        },
        complete: () => {
          parser.finish();
          if (over) subscriber.complete();
          else leave(undefined);
        },
      }),
    );
  }

  /** Whether the source is over with this head. */
  #opened(head: ResponseHead): boolean {
    if (head.status === 204) return true;
    const type = head.headers.get('content-type') ?? '';
    if (!/^text\/event-stream\s*(;|$)/i.test(type.trim())) {
      const message = `expected text/event-stream, not ${type === '' ? 'a response without a media type' : type.slice(0, 80)}`;
      this.#subscriber.error(taskError('decode', { head, response: undefined, issues: [] }, { code: 'DECODE_MEDIA_TYPE', message }));
      return true;
    }
    this.#failures = 0;
    this.#subscriber.next({ type: 'open', head });
    return false;
  }

  #wait(cause: TaskError | undefined, scheduler: SchedulerLike, random: () => number): void {
    const delayMs = reconnectDelayMs({ baseMs: this.#retryMs, maxMs: this.#init.maxRetryMs, failures: this.#failures }, random);
    this.#failures += 1;
    this.#subscriber.next({ type: 'waiting', delayMs, cause });
    if (this.#subscriber.closed) return;
    const pause = schedule(scheduler, delayMs, () => {
      this.teardown.remove(pause);
      this.connect();
    });
    this.teardown.add(pause);
  }

  #headers(given: EventSourceInit['headers']): HeaderFields {
    try {
      const headers = HeaderFields.from({ accept: 'text/event-stream' }).merge(given ?? {});
      return this.#lastEventId === '' ? headers : headers.set('last-event-id', asUtf8(this.#lastEventId));
    } catch (cause) {
      throw fromInput(cause);
    }
  }
}

/** A stream has no total time: the outermost deadline of the client is for requests that end. */
const withoutDeadline: Interceptor = (request, next) =>
  next(request.clone({ context: request.context.with([DEADLINE.of(false)]) }));

/** A header carries bytes: the id's UTF-8, one character a byte (fetch-event-source and browsers do so). */
function asUtf8(id: string): string {
  return String.fromCharCode(...new TextEncoder().encode(id));
}
