import { told } from '../errors/cause-text.js';
import { type TaskErrorOf, taskError } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';
import { errnoOf } from './disk.js';

/** What the disk said no to; `FILE_` and the system's word are the code: `FILE_ENOSPC`, `FILE_EEXIST`. */
export function fileError(
  request: TaskRequest,
  doing: string,
  cause: unknown,
  path: string,
  destination?: string,
): TaskErrorOf<'file'> {
  const where = destination === undefined ? path : `${path} to ${destination}`;
  return taskError(
    'file',
    { path, destination },
    {
      request,
      code: `FILE_${errnoOf(cause)}`,
      message: `could not ${doing} ${where}${told(cause)}`,
      cause,
    },
  );
}

/** The same for what we find ourselves. */
export function fileRefusal(
  request: TaskRequest,
  code: string,
  message: string,
  path: string,
): TaskErrorOf<'file'> {
  return taskError(
    'file',
    { path, destination: undefined },
    { request, code: `FILE_${code}`, message: `${message}: ${path}` },
  );
}
