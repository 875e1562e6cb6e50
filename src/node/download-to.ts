import { Observable } from 'rxjs';
import type { DataTask } from '../client/data-task.js';
import { checkingInput } from '../errors/from-input.js';
import { invalid } from '../http/invalid-input.js';
import { isTaskView } from '../task/task-view.js';
import { isResumable } from '../transfers/download/resumable-request.js';
import type { Disk } from './disk.js';
import type { FileDownloadNotice } from './download-notice.js';
import {
  type CheckedDownload,
  type DownloadTarget,
  type DownloadToFileOptions,
  checkedDownload,
} from './download-options.js';
import { FileDownload } from './file-download.js';

/** A download to a file on any disk: the machine's, or one by which a test says no. */
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
