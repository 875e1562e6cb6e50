import { checkingInput } from '../errors/from-input.js';
import type { BodyInput } from '../http/body.js';
import type { ContextEntry } from '../http/context.js';
import type { HeaderFieldsInit } from '../http/header-fields.js';
import { invalid } from '../http/invalid-input.js';
import { checkCount, checkDuration, checkOptionNames, ownOptions } from '../http/option-checks.js';
import type { QueryParams } from '../http/params.js';

/** How an event source asks, and how it comes back. */
export interface EventSourceInit {
  /** Default `GET`. */
  readonly method?: string;
  /** Sent on each connection: a value or a recipe; a one-shot stream cannot reconnect. */
  readonly body?: BodyInput;
  /** Header fields over the client's, on each connection. `Accept` is set, unless it is among them. */
  readonly headers?: HeaderFieldsInit;
  /** The query, appended to the URL. */
  readonly params?: QueryParams;
  /** Typed values for each connection's request. */
  readonly context?: readonly (ContextEntry<never> | ContextEntry)[];
  /** A signal of the caller's: aborting it is an `aborted` error at once, in a pause too. */
  readonly signal?: AbortSignal | undefined;
  /** Where to go on from: sent as `Last-Event-ID` on the first connection too. */
  readonly lastEventId?: string;
  /** The pause before a reconnect until the server names one with `retry:`. Default 3,000 ms. */
  readonly retryMs?: number;
  /** The longest pause, after failures in a row or by the server's wish. Default 5 minutes. */
  readonly maxRetryMs?: number;
  /** Reconnects when nothing, not even a comment, came for this long. Default 0: never. */
  readonly idleMs?: number;
  /** The longest event, in bytes. Default 1 MB; `Infinity` for none. A longer one is a `limit` error. */
  readonly maxEventBytes?: number;
}

const KNOWN = [
  'method',
  'body',
  'headers',
  'params',
  'context',
  'signal',
  'lastEventId',
  'retryMs',
  'maxRetryMs',
  'idleMs',
  'maxEventBytes',
];

/** The options with their defaults. @throws TaskError `request` that names what is wrong */
export function checkedInit(
  given: EventSourceInit,
): EventSourceInit &
  Required<
    Pick<EventSourceInit, 'lastEventId' | 'retryMs' | 'maxRetryMs' | 'idleMs' | 'maxEventBytes'>
  > {
  return checkingInput(() => {
    checkOptionNames('eventSource', given, KNOWN);
    const init = ownOptions(given);
    return {
      ...init,
      lastEventId: checkedId(init.lastEventId ?? ''),
      retryMs: checkDuration('eventSource.retryMs', init.retryMs ?? 3_000),
      maxRetryMs: checkDuration('eventSource.maxRetryMs', init.maxRetryMs ?? 300_000),
      idleMs: checkDuration('eventSource.idleMs', init.idleMs ?? 0),
      maxEventBytes: checkCount(
        'eventSource.maxEventBytes',
        init.maxEventBytes ?? 1_000_000,
        1,
        true,
      ),
    };
  });
}

function checkedId(id: unknown): string {
  if (typeof id !== 'string') throw invalid('eventSource.lastEventId', 'a string', id);
  return id;
}
