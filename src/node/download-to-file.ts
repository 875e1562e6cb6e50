import { Observable } from 'rxjs';
import type { DataTask } from '../client/data-task.js';
import { checkingInput } from '../errors/from-input.js';
import { invalid } from '../http/invalid-input.js';
import { isTaskView } from '../task/task-view.js';
import { isResumable } from '../transfers/download/resumable-request.js';
import { type Disk, nodeDisk } from './disk.js';
import type { FileDownloadNotice } from './download-notice.js';
import {
  type CheckedDownload,
  type DownloadTarget,
  type DownloadToFileOptions,
  checkedDownload,
} from './download-options.js';
import { FileDownload } from './file-download.js';

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

/** The same on any disk: what a test says no with. */
export function downloadTo(
  disk: Disk,
  task: DataTask<unknown>,
  target: DownloadTarget,
  options: DownloadToFileOptions,
): Observable<FileDownloadNotice> {
  const checked = checkingInput(() => {
    const all = checkedDownload(target, options);
    checkTask(task, all);
    return all;
  });
  return new Observable((subscriber) => {
    const download = new FileDownload(task, checked, disk, subscriber);
    subscriber.add(() => {
      download.leave();
    });
    download.begin();
  });
}

function checkTask(task: unknown, { resumeAsked }: CheckedDownload): void {
  if (!isTaskView(task) || !('events' in task))
    throw invalid('downloadToFile.task', 'a task of a client, as client.get(url) gives', task);
  const { request } = task;
  if (request.method === 'HEAD')
    throw invalid('downloadToFile.task', 'a request whose answer has a body', 'HEAD');
  if (request.headers.has('range'))
    throw invalid('downloadToFile.task', 'a request for the whole, without Range');
  if (resumeAsked && !isResumable(request))
    throw invalid(
      'downloadToFile.resume',
      `false for what cannot be resumed: only a GET without conditions of its own can`,
    );
}
