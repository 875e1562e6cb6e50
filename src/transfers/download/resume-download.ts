import { Observable } from 'rxjs';
import { checkingInput } from '../../errors/from-input.js';
import { ownOptions } from '../../http/option-checks.js';
import type { TaskRequest } from '../../http/request.js';
import { type Policy, policy } from '../../task/policy.js';
import { RANDOM, schedulerFor } from '../../task/surroundings.js';
import type { TaskEvent } from '../../task/task-event.js';
import { libraryDigest } from './library-digest.js';
import {
  RESUME,
  type ResumeOptions,
  checkedResumeRules,
  ownResumeOptions,
  ownResumeOverride,
} from './resume-options.js';
import { ResumeRun, type ResumeSettings } from './resume-run.js';
import { isResumable } from './resumable-request.js';

/**
 * Makes of a download that breaks off one that goes on: the consumer sees each byte once, in order, however often the
 * connection is lost.
 *
 * The rest is asked for by `Range` from the last byte that was delivered, with `If-Range` on a strong validator: a
 * strong `ETag`, or a `Last-Modified` that is a minute older than its answer. An answer that is of another version, a
 * server that ignores `Range`, answers 416 or sends another part is found out before a byte of it is delivered. Without
 * a strong validator and a `Content-Length` a stream cannot go on and its error stands; a body that is collected begins
 * anew. Pauses grow with full jitter and obey `Retry-After`; each is an event `retrying`. `Repr-Digest` and
 * `Content-Digest` (RFC 9530, sha-256 and sha-512) are verified when they are sent: other bytes are a `decode` error.
 *
 * It asks for no content coding, since parts of coded bodies do not fit together. Put it to the left of policies that
 * should see each request (authentication, a deadline of each attempt) and to the right of those that see the whole.
 * Only GET is resumed; other methods, requests with `Range` or a conditional field of their own, and bodies that can be
 * read once pass untouched.
 *
 * @example
 * client.get('/film').bytes.pipe(resumeDownload({ maxAttempts: 10 }), oneByOne((bytes) => sink.write(bytes)));
 * @throws TaskError `request` for an option that is unknown or wrong, naming it
 */
export function resumeDownload(given: ResumeOptions = {}): Policy {
  const { options, rules } = checkingInput(() => {
    const own = ownResumeOptions('resumeDownload', given);
    return { options: own, rules: checkedResumeRules('resumeDownload', own) };
  });

  const settingsFor = (request: TaskRequest): ResumeSettings | undefined => {
    const said = request.context.get(RESUME);
    if (said === false || !isResumable(request)) return undefined;
    const now =
      said === undefined
        ? rules
        : checkedResumeRules('resume', ownOptions({ ...options, ...ownResumeOverride(said) }));
    return {
      rules: now,
      scheduler: schedulerFor(request, options.scheduler),
      random: options.random ?? request.context.get(RANDOM),
      canRestart: request.delivery === 'buffered',
      failsOnChange: now.changed === 'fail',
      makeDigest: libraryDigest,
      verifiesWhole: true,
    };
  };

  return policy({
    name: 'resumeDownload',
    intercept: (request, next) => {
      const settings = settingsFor(request);
      if (settings === undefined) return next(request);
      return new Observable<TaskEvent>((subscriber) => {
        new ResumeRun(subscriber, settings, request, next).go();
      });
    },
  });
}
