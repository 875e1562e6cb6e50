import type { Subscriber } from 'rxjs';
import { taskError } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';

/** Ends the subscriber with `aborted` if the signal of the request has aborted. */
export function tellAborted(request: TaskRequest, subscriber: Subscriber<unknown>): boolean {
  const { signal } = request;
  if (signal?.aborted !== true) return false;
  const reason: unknown = signal.reason;
  const init = { request, message: 'aborted by its signal', cause: reason };
  subscriber.error(taskError('aborted', { reason }, init));
  return true;
}

/**
 * Ends the subscriber with `aborted` when the signal of the request aborts, and leaves no listener behind. False when it
 * has aborted already; then the subscriber is at its end.
 */
export function heed(request: TaskRequest, subscriber: Subscriber<unknown>): boolean {
  const { signal } = request;
  if (signal === undefined) return true;
  if (tellAborted(request, subscriber)) return false;
  const abort = (): void => {
    tellAborted(request, subscriber);
  };
  signal.addEventListener('abort', abort, { once: true });
  subscriber.add(() => {
    signal.removeEventListener('abort', abort);
  });
  return true;
}
