import type { Subscriber } from 'rxjs';
import { taskError } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';

/**
 * Ends the subscriber with `aborted` when the signal of the request aborts, and leaves no listener behind. False when it
 * has aborted already; then the subscriber is at its end.
 */
export function heed(request: TaskRequest, subscriber: Subscriber<unknown>): boolean {
  const { signal } = request;
  if (signal === undefined) return true;
  const abort = (): void => {
    const reason: unknown = signal.reason;
    subscriber.error(
      taskError(
        'aborted',
        { reason },
        { request, message: 'aborted by its signal', cause: reason },
      ),
    );
  };
  if (signal.aborted) {
    abort();
    return false;
  }
  signal.addEventListener('abort', abort, { once: true });
  subscriber.add(() => {
    signal.removeEventListener('abort', abort);
  });
  return true;
}
