import { type TaskError, taskError } from '../../errors/task-error.js';
import { InvalidInput } from '../../http/invalid-input.js';
import { type Awaitable, isPromise } from './awaitable.js';
import type { SentPart } from './first-parts.js';
import { misread } from './protocol-step.js';
import type { UploadJob, UploadStanding } from './resumable-protocol.js';
import type { OpenedSource, SourcePart } from './upload-source.js';

/** The answer to the last request was lost, and the upload is not there any more: it may have been carried out. */
export function unknownOutcome(cause: TaskError): TaskError {
  const message =
    'everything was sent, the answer was lost, and the upload is not there to be asked: it may be complete';
  return taskError('network', { sent: true }, { code: 'UPLOAD_OUTCOME_UNKNOWN', message, cause });
}

/** Whether the request that failed so may have been carried out. */
export function mayHaveArrived(error: TaskError): boolean {
  if (error.kind === 'network') return error.sent;
  return error.kind !== 'status' || error.status >= 500;
}

/** Refusals that come before the content is looked at: of who asks, or of the size of one request. */
const BEFORE_CONTENT: ReadonlySet<number> = new Set([401, 403, 407, 413]);

/** Whether a refusal may be of the content as a whole. */
export function isOfContent(error: TaskError): boolean {
  return error.kind === 'status' && !BEFORE_CONTENT.has(error.status);
}

/** Why what the server has is not this content: more of it, of another length, or complete with less. */
export function otherContent(
  { offset, length, complete, response }: UploadStanding,
  { size }: UploadJob,
): TaskError | undefined {
  if (
    size === undefined ||
    (offset <= size && (length ?? size) === size && (!complete || offset === size))
  )
    return undefined;
  const has = `${String(offset)} of ${String(length ?? '?')} bytes${complete ? ', complete' : ''}`;
  return misread(response, `the server has ${has}, and the source has ${String(size)}`);
}

/**
 * Nothing, once it is certain that the source ends there: what was sent had all the rest of it, or a look at the source
 * says so. Fails when it goes on: a short upload is not complete.
 */
export function endsAt(
  source: OpenedSource,
  offset: number,
  { completes, from, part }: SentPart,
): Awaitable<void> {
  if (source.size !== undefined) return undefined;
  if (completes && (part?.byteLength === undefined || from + part.byteLength === offset))
    return undefined;
  const check = ({ byteLength }: SourcePart): void => {
    if (byteLength !== 0)
      throw new InvalidInput(
        'source',
        `source: goes on behind the ${String(offset)} bytes with which the upload is complete`,
        'SOURCE_CHANGED',
      );
  };
  const next = source.part(offset, 1);
  if (isPromise(next)) return next.then(check);
  check(next);
  return undefined;
}
