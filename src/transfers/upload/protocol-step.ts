import { Observable } from 'rxjs';
import { type TaskError, type TaskErrorOf, isTaskError } from '../../errors/task-error.js';
import type { TaskResponse } from '../../http/response.js';
import { decodeError } from '../../decode/decode-error.js';
import { TRANSIENT_STATUSES } from '../../policies/retry-decision.js';
import type { InterimResponse } from '../../task/interim-watch.js';
import type { ProtocolEvent, UploadLimits, UploadVerdict } from './resumable-protocol.js';
import type { ExchangeInput, UploadExchange } from './upload-exchange.js';

/** What a failure means. */
export interface StoppedMeaning {
  readonly verdict: UploadVerdict;
  readonly limits?: UploadLimits | undefined;
}

/** How one request of a protocol is understood. */
export interface StepReading {
  /** What an answer of success says. Throwing a `TaskError` fails the upload. */
  answer(response: TaskResponse<Uint8Array>): ProtocolEvent;
  /** What a status error means; `undefined` for what it means everywhere. */
  readonly status?: (error: TaskErrorOf<'status'>) => StoppedMeaning | undefined;
  /** What an interim response says; `stopped` ends the request. */
  interim?(interim: InterimResponse): readonly ProtocolEvent[];
}

/** One request of a protocol: what it tells, and at its end `standing` or `stopped`. */
export function step(
  exchange: UploadExchange,
  input: ExchangeInput,
  reading: StepReading,
): Observable<ProtocolEvent> {
  return new Observable((subscriber) => {
    const end = (event: ProtocolEvent): void => {
      subscriber.next(event);
      if (event.type === 'standing' || event.type === 'stopped') subscriber.complete();
    };
    const told = (read: () => readonly ProtocolEvent[]): void => {
      try {
        for (const event of read()) end(event);
      } catch (cause) {
        if (isTaskError(cause)) end({ type: 'stopped', verdict: 'failed', error: cause });
        else subscriber.error(cause);
      }
    };
    return exchange.send(input).subscribe({
      next: (event) => {
        if (event.type === 'sending') subscriber.next(event);
        else if (event.type === 'interim') told(() => reading.interim?.(event.interim) ?? []);
        else told(() => [reading.answer(event.response)]);
      },
      error: (cause: unknown) => {
        if (isTaskError(cause)) told(() => [stoppedBy(cause, reading.status)]);
        else subscriber.error(cause);
      },
      complete: () => {
        subscriber.complete();
      },
    });
  });
}

/** Statuses that pass: the usual ones, and an upload that another request still holds (tus). */
const PASSING: ReadonlySet<number> = new Set([...TRANSIENT_STATUSES, 423]);

/** What a failure means for the upload. */
export function stoppedBy(
  error: TaskError,
  status?: StepReading['status'],
): ProtocolEvent & { readonly type: 'stopped' } {
  return { type: 'stopped', error, ...meaning(error, status) };
}

function meaning(error: TaskError, status: StepReading['status']): StoppedMeaning {
  switch (error.kind) {
    case 'network':
    case 'timeout':
      return { verdict: 'lost' };
    case 'status':
      return status?.(error) ?? { verdict: PASSING.has(error.status) ? 'lost' : 'failed' };
    default:
      return { verdict: 'failed' };
  }
}

/** The URL of an upload, as `Location` tells it (RFC 9110 section 10.2.2). */
export function located(location: string | undefined, base: string): string | undefined {
  if (location === undefined) return undefined;
  try {
    return new URL(location, base).href;
  } catch {
    return undefined;
  }
}

/** An answer that does not keep to the protocol. */
export function misread(response: TaskResponse<Uint8Array>, message: string): TaskError {
  return decodeError(response, 'DECODE_UPLOAD', message);
}
