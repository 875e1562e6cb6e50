import type { Subscriber } from 'rxjs';
import type { TaskRequest } from '../http/request.js';
import type { ResponseHead } from '../http/response.js';
import type { TaskEvent } from './task-event.js';

/** An answer that is not handed on: its body is read as far as it is wanted, and then something else happens. */
export interface HeldAnswer {
  /** Takes a piece of the body; `true` when that is enough and the connection may go. */
  take(bytes: Uint8Array): boolean;
  /** What happens instead, once the body has ended, was enough, or broke off with this error. */
  conclude(downstream: Subscriber<TaskEvent>, broken?: unknown): void;
}

/** Looks at a head and holds the answer back, or lets it pass with `undefined`. What it throws ends the task. */
export type HoldAnswer = (head: ResponseHead, request: TaskRequest) => HeldAnswer | undefined;
