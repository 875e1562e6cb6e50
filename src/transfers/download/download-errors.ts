import { taskError } from '../../errors/task-error.js';
import type { TaskRequest } from '../../http/request.js';
import type { ResponseHead } from '../../http/response.js';

/** What another request may better. */
export function lost(request: TaskRequest, code: string, message: string): Error {
  return taskError('network', { sent: true }, { request, code, message });
}

/** Bytes that are not those that were promised. */
export function wrongBytes(request: TaskRequest, algorithm: string): Error {
  const message = `the bytes are not those that its ${algorithm} digest promised`;
  return decode(request, 'DECODE_DIGEST', message, undefined);
}

/** The resource is another one by now, and what was had of it cannot be given up. */
export function resourceChanged(request: TaskRequest, why: string, head: ResponseHead): Error {
  const message = `the resource changed while it was downloaded: ${why}`;
  return decode(request, 'RESOURCE_CHANGED', message, head);
}

/** More than the request's limits allow, in all answers together. */
export function beyondLimit(request: TaskRequest, maxBytes: number): Error {
  const message = `the response is larger than ${String(maxBytes)} bytes`;
  return taskError(
    'limit',
    { which: 'response', maxBytes },
    { request, code: 'LIMIT_RESPONSE', message },
  );
}

function decode(
  request: TaskRequest,
  code: string,
  message: string,
  head: ResponseHead | undefined,
): Error {
  return taskError('decode', { head, response: undefined, issues: [] }, { request, code, message });
}
