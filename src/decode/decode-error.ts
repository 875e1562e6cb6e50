import type { DecodeIssue } from '../errors/kinds.js';
import { type TaskErrorOf, taskError } from '../errors/task-error.js';
import type { ResponseHead, TaskResponse } from '../http/response.js';

/** What a decoder threw, as a `decode` error with the response when there is one. */
export function decodeError(
  response: TaskResponse<Uint8Array> | undefined,
  code: string,
  message: string,
  cause?: unknown,
  issues: readonly DecodeIssue[] = [],
): TaskErrorOf<'decode'> {
  const head = response === undefined ? undefined : headOf(response);
  return taskError('decode', { head, response, issues }, { code, message, cause });
}

function headOf({ status, statusText, headers, url }: ResponseHead): ResponseHead {
  return { status, statusText, headers, url };
}
