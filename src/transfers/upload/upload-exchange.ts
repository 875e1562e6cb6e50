import { Observable } from 'rxjs';
import type { Client } from '../../client/client.js';
import { asBytes } from '../../decode/decoder.js';
import type { BodyInput } from '../../http/body.js';
import type { ContextEntry } from '../../http/context.js';
import type { HeaderFieldsInit } from '../../http/header-fields.js';
import type { TaskResponse } from '../../http/response.js';
import { deadline } from '../../policies/deadline.js';
import { RESUMES } from '../../policies/pause-while.js';
import { RETRY } from '../../policies/retry-options.js';
import { INTERIM, type InterimResponse } from '../../task/interim-watch.js';
import type { TaskEvent } from '../../task/task-event.js';
import { Stage } from '../../task/stage.js';
import { WatchStage } from '../../task/watch-stage.js';

/** One request of an upload. */
export interface ExchangeInput {
  readonly method: string;
  readonly url: string;
  readonly headers: HeaderFieldsInit;
  readonly body?: BodyInput;
}

/** What happens in one exchange, as far as an upload wants to know. */
export type ExchangeEvent =
  | {
      readonly type: 'sending';
      /** Bytes of the body, from 0 again with a new attempt. */ readonly loaded: number;
    }
  | { readonly type: 'interim'; readonly interim: InterimResponse }
  | { readonly type: 'answer'; readonly response: TaskResponse<Uint8Array> };

/** Sends the requests of one upload through a client: its interceptors stand around each. */
export interface UploadExchange {
  send(input: ExchangeInput): Observable<ExchangeEvent>;
}

/** How requests are sent beside what they say. */
export interface ExchangeSettings {
  readonly idleMs: number;
  readonly context: readonly (ContextEntry<never> | ContextEntry)[];
  readonly signal: AbortSignal | undefined;
}

/**
 * Bytes are never sent again blindly, whatever a retry policy may do with other requests: a request that carries some is
 * tried again only if it never reached the server, and otherwise the server is asked what it has.
 */
const NOT_BLINDLY = RETRY.of({ methods: [], unsafe: false });

/** Exchanges over a client, with a watch on silence nearest to the wire: waiting in a queue or a pause is no silence. */
export function exchangeOver(client: Client, settings: ExchangeSettings): UploadExchange {
  const { idleMs, context, signal } = settings;
  const watched = idleMs === 0 ? client : client.with(deadline({ idleMs }));
  return {
    send: ({ method, url, headers, body }) =>
      new Observable((subscriber) => {
        const see = (event: TaskEvent): void => {
          if (body === undefined) return;
          if (event.type === 'sent') subscriber.next({ type: 'sending', loaded: 0 });
          else if (event.type === 'upload')
            subscriber.next({ type: 'sending', loaded: event.loaded });
        };
        const interim = INTERIM.of((told) => {
          subscriber.next({ type: 'interim', interim: told });
        });
        const task = watched
          .request({
            method,
            url,
            headers,
            ...(body === undefined ? {} : { body }),
            ...(signal === undefined ? {} : { signal }),
            context: [
              RESUMES.of(true),
              interim,
              ...(body === undefined ? [] : [NOT_BLINDLY]),
              ...context,
            ],
            decode: asBytes,
          })
          .with(
            (request, next) =>
              new Observable<TaskEvent>((events) => {
                next(request.clone({ progress: body !== undefined })).subscribe(
                  new WatchStage(events, see),
                );
              }),
          ).response;
        task.subscribe(new AnswerStage(subscriber));
      }),
  };
}

class AnswerStage extends Stage<TaskResponse<Uint8Array>, ExchangeEvent> {
  protected onNext(response: TaskResponse<Uint8Array>): void {
    this.downstream.next({ type: 'answer', response });
  }
}
