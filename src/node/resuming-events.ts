import { Observable } from 'rxjs';
import type { DataTask } from '../client/data-task.js';
import type { TaskEvent } from '../task/task-event.js';
import { RANDOM, schedulerFor } from '../task/surroundings.js';
import type { TaskView } from '../task/task-view.js';
import { isResumable } from '../transfers/download/resumable-request.js';
import { ResumeRun, type ResumeSettings } from '../transfers/download/resume-run.js';
import type { ResumeStart } from '../transfers/download/splice.js';
import type { CheckedDownload } from './download-options.js';
import { nodeDigest } from './node-digest.js';

/**
 * The events of a task that goes on where it breaks off, around all that its client does. A `sent` behind the first one
 * says that all begins anew: a file can be emptied.
 */
export function resumingEvents(
  task: DataTask<unknown>,
  { rules, resume }: CheckedDownload,
  start: ResumeStart | undefined,
): TaskView<TaskEvent> {
  const { request } = task;
  if (!isResumable(request)) return task.events;
  const settings: ResumeSettings = {
    rules,
    scheduler: schedulerFor(request, resume?.scheduler),
    random: resume?.random ?? request.context.get(RANDOM),
    canRestart: true,
    failsOnChange: rules.changed === 'fail',
    makeDigest: nodeDigest,
    verifiesWhole: false,
    ...(start === undefined ? {} : { start }),
  };
  return task.with(
    (asked, next) =>
      new Observable<TaskEvent>((subscriber) => {
        new ResumeRun(subscriber, settings, asked, next).go();
      }),
  ).events;
}
