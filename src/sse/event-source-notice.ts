import type { TaskError } from '../errors/task-error.js';
import type { ResponseHead } from '../http/response.js';
import type { ServerSentEvent } from './event-parser.js';

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
