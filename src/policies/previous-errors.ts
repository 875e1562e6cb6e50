import { type TaskError, withPrevious } from '../errors/task-error.js';

/** How many errors of earlier attempts are kept: each may hold the start of a body. */
const MOST_KEPT = 20;

/** The errors of earlier attempts with one more, oldest first, the oldest dropped beyond the bound. */
export function remember(previous: readonly TaskError[], error: TaskError): readonly TaskError[] {
  return [...previous, ...error.previous, error].slice(-MOST_KEPT);
}

/** The error that ends a task, with those of the attempts before. */
export function lastOf(previous: readonly TaskError[], error: TaskError): TaskError {
  return previous.length === 0
    ? error
    : withPrevious(error, [...previous, ...error.previous].slice(-MOST_KEPT));
}
