import { type Subscriber, Subscription } from 'rxjs';
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
import type { EventSourceNotice } from './event-source-notice.js';
import { type EventSourceInit, type checkedInit } from './event-source-options.js';
import { asUtf8 } from './id-header.js';
import { reconnectDelayMs } from './reconnect.js';

/** Who is told: of the states, and of each event. */
export interface Listener {
  notice(notice: EventSourceNotice): void;
  event(event: ServerSentEvent): void;
}

/** The connections of one subscription to an event source, one after the other. */
export class Connections {
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
