import { Observable, type Subscriber } from 'rxjs';
import { checkingInput } from '../errors/from-input.js';
import { ownOptions } from '../http/option-checks.js';
import type { TaskRequest } from '../http/request.js';
import { CONNECTING } from '../task/connect-watch.js';
import { ENDLESS } from '../task/endless.js';
import { type Policy, policy } from '../task/policy.js';
import { schedulerFor } from '../task/surroundings.js';
import type { TaskEvent } from '../task/task-event.js';
import type { TaskHandler } from '../task/task-handler.js';
import {
  DEADLINE,
  type DeadlineLimits,
  type DeadlineOptions,
  checkedDeadline,
  checkedParts,
  limitsOf,
} from './deadline-parts.js';
import { DeadlineStage } from './deadline-stage.js';
import { DeadlineTaskStage } from './deadline-task.js';

/**
 * Ends what takes too long with a `timeout` error that tells the phase and the limit. A number of milliseconds limits
 * the whole.
 *
 * Everything to its right is under it: left of a retry it limits the whole task, pauses, queues, refreshes and
 * redirects included; right of it each attempt. The request is aborted before the error is delivered. The errors of
 * attempts that a retry further in gave up are in `previous`.
 *
 * An event source has no end: for it the limit of the whole is one on the time to its head.
 *
 * `idleMs` asks the publisher for progress events, so that sending counts as life; in a browser they make a
 * cross-origin upload one with a preflight. After an operator that hides the request, `connectMs` and `responseMs`
 * limit the time to the first value, `idleMs` that between values.
 *
 * @example
 * createClient({ interceptors: [deadline(30_000), retryTransient(), deadline({ responseMs: 5_000, idleMs: 10_000 })] });
 * client.get<User>('/users/1').pipe(deadline(2_000));
 * @throws TaskError `request` for a limit that is negative or not a number, naming it
 */
export function deadline(given: number | false | DeadlineOptions): Policy {
  const { parts, own } = checkingInput(() => {
    const checked = ownOptions(checkedDeadline(given));
    return { parts: checked, own: limitsOf(checked) };
  });

  return policy({
    name: 'deadline',
    intercept: (request, next) => {
      const override = request.context.get(DEADLINE);
      const endless = request.context.get(ENDLESS);
      if (override === undefined)
        return own === undefined
          ? next(request)
          : watched(endless ? untilHead(own) : own, parts, request, next);
      const wanted = limitsOf(ownOptions({ ...parts, ...checkedParts(override) }));
      const limits = endless && wanted !== undefined ? untilHead(wanted) : wanted;
      const rest = request.clone({ context: request.context.with([DEADLINE.of(undefined)]) });
      return limits === undefined ? next(rest) : watched(limits, parts, rest, next);
    },
    operate: (source) =>
      own === undefined
        ? source
        : new Observable((subscriber) => {
            const stage = new DeadlineStage(
              subscriber,
              own,
              schedulerFor(undefined, parts.scheduler),
            );
            source.subscribe(stage);
            stage.arm();
          }),
  });
}

/** What has no end of its own must have begun by then. */
function untilHead({ connect, response, idle, total }: DeadlineLimits): DeadlineLimits {
  return { connect, response: Math.min(response, total), idle, total: Infinity };
}

function watched(
  limits: DeadlineLimits,
  { scheduler }: DeadlineOptions,
  request: TaskRequest,
  next: TaskHandler,
): Observable<TaskEvent> {
  return new Observable((subscriber: Subscriber<TaskEvent>) => {
    const stage = new DeadlineTaskStage(
      subscriber,
      limits,
      schedulerFor(request, scheduler),
      request,
    );
    next(prepared(limits, request, stage)).subscribe(stage);
    stage.arm();
  });
}

/** The request with what the stage needs to be told of: the connection, progress, a consumer that holds back. */
function prepared(
  limits: DeadlineLimits,
  request: TaskRequest,
  stage: DeadlineTaskStage,
): TaskRequest {
  const { flow, context } = request;
  const watchesIdle = limits.idle !== Infinity;
  if (watchesIdle && flow !== undefined) {
    if (flow.paused) stage.hold(true);
    stage.add(
      flow.listen(() => {
        stage.hold(flow.paused);
      }),
    );
  }
  const changes = { progress: request.progress || watchesIdle };
  if (limits.connect === Infinity)
    return changes.progress === request.progress ? request : request.clone(changes);
  const outer = context.get(CONNECTING);
  const connected = (): void => {
    stage.onConnected();
    outer?.connected();
  };
  return request.clone({ ...changes, context: context.with([CONNECTING.of({ connected })]) });
}
