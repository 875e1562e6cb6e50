import { InvalidInput } from '../http/invalid-input.js';
import type { TaskRequest } from '../http/request.js';
import { taskError } from './task-error.js';

/** Bad input as the `request` error that it is; everything else as it came. */
export function fromInput(cause: unknown, request?: TaskRequest): unknown {
  if (!(cause instanceof InvalidInput)) return cause;
  return taskError(
    'request',
    { field: cause.field },
    { request, code: cause.code, message: cause.message },
  );
}

/** Runs what reads a caller's input and throws its complaint as a `request` error. */
export function checkingInput<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw fromInput(cause);
  }
}
