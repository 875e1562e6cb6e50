import { type TaskError, isTaskError, withPrevious } from '../errors/task-error.js';

/** What ended a task, with the refusals that went before it. */
export function behind(cause: unknown, previous: readonly TaskError[]): unknown {
  return isTaskError(cause) ? withPrevious(cause, previous) : cause;
}
