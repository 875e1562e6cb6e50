import { type TaskError, taskError } from '../../errors/task-error.js';
import { invalid } from '../../http/invalid-input.js';
import type { UploadJob, UploadLimits } from './resumable-protocol.js';
import type { OpenedSource } from './upload-source.js';

/** Limits with newer ones over them; what the newer do not name stays. */
export function bounded(known: UploadLimits, newer: UploadLimits | undefined): UploadLimits {
  if (newer === undefined) return known;
  return {
    maxBytes: newer.maxBytes ?? known.maxBytes,
    minBytes: newer.minBytes ?? known.minBytes,
    maxAppendBytes: newer.maxAppendBytes ?? known.maxAppendBytes,
    minAppendBytes: newer.minAppendBytes ?? known.minAppendBytes,
  };
}

/** The size of a chunk that keeps the limits. @throws InvalidInput where the source keeps too little for them */
export function chunkWithin(
  wantedBytes: number,
  { maxAppendBytes = Infinity, minAppendBytes = 1 }: UploadLimits,
  { maxPartBytes }: OpenedSource,
): number {
  if (minAppendBytes > maxPartBytes)
    throw invalid(
      'replayBytes',
      `at least the ${String(minAppendBytes)} bytes that the server wants in a request`,
      maxPartBytes,
    );
  return Math.max(1, Math.min(Math.max(wantedBytes, minAppendBytes), maxAppendBytes, maxPartBytes));
}

/** Why the content cannot be taken by a server with these limits. */
export function misfit(
  { maxBytes, minBytes }: UploadLimits,
  { size }: UploadJob,
): TaskError | undefined {
  if (size === undefined) return undefined;
  const isLarge = size > (maxBytes ?? Infinity);
  if (!isLarge && size >= (minBytes ?? 0)) return undefined;
  const message = `the server takes ${isLarge ? `at most ${String(maxBytes)}` : `at least ${String(minBytes)}`} bytes, and the source has ${String(size)}`;
  const code = isLarge ? 'UPLOAD_TOO_LARGE' : 'UPLOAD_TOO_SMALL';
  return taskError('request', { field: 'source' }, { code, message });
}
