import type { TaskErrorFields, TaskErrorKind } from './kinds.js';

/** The request that failed, safe to print: credentials masked, long values cut. */
export interface RequestSummary {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface TaskErrorBase<K extends TaskErrorKind> extends Error {
  readonly name: 'TaskError';
  /** Which of the closed union this is. */
  readonly kind: K;
  /** A stable word for machines: `TIMEOUT_IDLE`, `STATUS_503`, `CONNECTION_REFUSED`. */
  readonly code: string;
  /** The request, redacted; `undefined` when the error arose before there was one. */
  readonly request: RequestSummary | undefined;
  /** The errors of earlier attempts, oldest first. */
  readonly previous: readonly TaskError[];
  /** A plain record without secrets, at most 8 KB as JSON. */
  toJSON(): Record<string, unknown>;
}

/** An error of one kind: its fields beside those that every error has. */
export type TaskErrorOf<K extends TaskErrorKind> = TaskErrorBase<K> & Readonly<TaskErrorFields[K]>;

/**
 * Every failure of a task, told apart by `kind`.
 *
 * @example
 * if (isTaskError(error) && error.kind === 'status' && error.status === 404) showNothing();
 */
export type TaskError = { [K in TaskErrorKind]: TaskErrorOf<K> }[TaskErrorKind];
