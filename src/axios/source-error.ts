import { told } from '../errors/cause-text.js';
import { isTaskError, taskError } from '../errors/task-error.js';
import { InvalidInput } from '../http/invalid-input.js';
import type { TaskRequest } from '../http/request.js';

/** What a source failed with, as the error of the request that it is. */
export function sourceError(cause: unknown, request: TaskRequest): unknown {
  if (isTaskError(cause) || cause instanceof InvalidInput) return cause;
  const message = `the source of the body failed${told(cause)}`;
  return taskError(
    'request',
    { field: 'body' },
    { request, code: 'BODY_SOURCE_FAILED', message, cause },
  );
}

/** A body beyond the `maxBodyLength` of the user's axios instance. */
export function tooLong(maxBytes: number): unknown {
  const message = `the body is longer than the maxBodyLength of the axios instance (${String(maxBytes)})`;
  return taskError('request', { field: 'body' }, { code: 'CANNOT_SEND', message });
}

/** A source that does not keep to the length it was said to have. */
export function wrongLength(length: number, than: 'more' | 'less'): Error {
  return new InvalidInput(
    'body',
    `body: its source gave ${than} than the ${String(length)} bytes it was said to have`,
    'BODY_LENGTH',
  );
}
