import type { Observable } from 'rxjs';
import type { DataTask } from '../client/data-task.js';
import { nodeDisk } from './disk.js';
import type { FileDownloadNotice } from './download-notice.js';
import type { DownloadTarget, DownloadToFileOptions } from './download-options.js';
import { downloadTo } from './download-to.js';

/**
 * Downloads to a file that is there whole or not at all: progress, and at the end one notice `saved`.
 *
 * Bytes go into a `.part` beside the target, are flushed, checked and moved in one step. A lost connection is resumed as
 * by `resumeDownload`, around all that the client does. When it ends before its end (unsubscribing, an error, a process
 * that was killed) the part stays if the server's answer had a strong validator and a length, with a note `.part.json`,
 * and the next call with the same target and URL goes on from it after asking whether it is still the same; otherwise it
 * is removed. `checksum`, `Repr-Digest` and `Content-Digest` are verified. At most 1 MiB waits for the disk, then the
 * server is held back. Unsubscribing is silent; the files are settled a moment later.
 *
 * Errors beside those of the task: `file` with `path` (and `destination`, when the last move failed) and a code of
 * `FILE_` and the system's word; `decode` with `DECODE_DIGEST` for other bytes than promised, `RESOURCE_CHANGED` where a
 * new beginning was not wanted.
 *
 * @example
 * downloadToFile(client.get('/film'), '/films/one.mp4', { checksum: { 'sha-256': sum } }).subscribe((notice) => {
 *   if (notice.type === 'progress') show(notice.loadedBytes, notice.totalBytes, notice.remainingMs);
 * });
 * @throws TaskError `request` for an option that is unknown or wrong, naming it
 */
export function downloadToFile(
  task: DataTask<unknown>,
  target: DownloadTarget,
  options: DownloadToFileOptions = {},
): Observable<FileDownloadNotice> {
  return downloadTo(nodeDisk, task, target, options);
}
