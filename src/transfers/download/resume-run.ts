import { type SchedulerLike, type Subscriber, Subscription } from 'rxjs';
import { fromInput } from '../../errors/from-input.js';
import { type TaskError, isTaskError } from '../../errors/task-error.js';
import type { TaskRequest } from '../../http/request.js';
import { retryAfterMs } from '../../http/retry-after.js';
import { backoffMs } from '../../policies/backoff.js';
import { RESUMES } from '../../policies/pause-while.js';
import { lastOf, remember } from '../../policies/previous-errors.js';
import { isTransient, TRANSIENT_STATUSES } from '../../policies/retry-decision.js';
import { Stage } from '../../task/stage.js';
import type { TaskEvent } from '../../task/task-event.js';
import type { TaskHandler } from '../../task/task-handler.js';
import { schedule } from '../../task/wait.js';
import { RESUME, type ResumeRules } from './resume-options.js';
import { type ResumeStart, Splice, type SpliceRules } from './splice.js';

/** What a run goes by. */
export interface ResumeSettings extends SpliceRules {
  readonly rules: Required<ResumeRules>;
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
  /** Where to go on from. Then a `sent` is told only when all begins anew: whoever has the first bytes keeps them. */
  readonly start?: ResumeStart;
}

/**
 * The requests of one download, one after the other, as if they were one exchange. Told are one `sent` and one head, and
 * then bytes, each once; a further `sent` says that it begins anew. What another request may better is a `retrying`.
 */
export class ResumeRun {
  readonly #downstream: Subscriber<TaskEvent>;
  readonly #settings: ResumeSettings;
  readonly #request: TaskRequest;
  readonly #next: TaskHandler;
  readonly #splice: Splice;
  #attempt: number;
  /** The furthest byte so far, also of a version that was given up. */
  #furthest: number;
  #fruitless = 0;
  #previous: readonly TaskError[] = [];
  #headTold = false;
  /** One step at a time: what follows from an attempt that ended while it was being subscribed waits for that. */
  #stepping = false;
  #step: (() => void) | undefined;

  constructor(
    downstream: Subscriber<TaskEvent>,
    settings: ResumeSettings,
    request: TaskRequest,
    next: TaskHandler,
  ) {
    this.#downstream = downstream;
    this.#settings = settings;
    this.#request = request;
    this.#next = next;
    this.#attempt = request.attempt - 1;
    const now = (): number => settings.scheduler.now();
    this.#splice = new Splice(settings, request, now, settings.start);
    this.#furthest = this.#splice.offset;
  }

  /** Begins the next request. */
  go(): void {
    this.#then(() => {
      this.#ask();
    });
  }

  take(event: TaskEvent): void {
    switch (event.type) {
      case 'sent':
        this.#attempt = Math.max(this.#attempt, event.attempt);
        this.#splice.begin();
        if (this.#splice.offset === 0) this.#downstream.next(event);
        break;
      case 'head':
        this.#takeHead(event);
        break;
      case 'chunk':
        this.#takeBytes(event);
        break;
      case 'download':
        // Of one answer's bytes; told are those of all.
        if (this.#splice.hasBytes)
          this.#downstream.next({
            type: 'download',
            loaded: this.#splice.offset,
            total: this.#splice.totalBytes,
          });
        break;
      case 'retrying':
        this.#attempt = Math.max(this.#attempt, event.attempt);
        this.#downstream.next(event);
        break;
      default:
        if (this.#splice.offset === 0) this.#downstream.next(event);
    }
  }

  end(): void {
    this.#then(() => {
      try {
        if (this.#splice.end() === 'complete') this.#downstream.complete();
        else this.#ask();
      } catch (error) {
        this.#decide(error);
      }
    });
  }

  fail(error: unknown): void {
    this.#then(() => {
      this.#decide(error);
    });
  }

  #then(step: () => void): void {
    this.#step = step;
    if (this.#stepping) return;
    this.#stepping = true;
    while (this.#step !== undefined && !this.#downstream.closed) {
      const next = this.#step;
      this.#step = undefined;
      next();
    }
    this.#stepping = false;
  }

  #ask(): void {
    this.#attempt += 1;
    try {
      const headers = this.#splice.askingFor(this.#request.headers);
      // Another one further in would only be in the way: who has the bytes decides what becomes of them.
      const context = this.#request.context.with([RESUMES.of(true), RESUME.of(false)]);
      const request = this.#request.clone({ headers, context, attempt: this.#attempt });
      this.#next(request).subscribe(new AnswerStage(this.#downstream, this));
    } catch (cause) {
      this.#downstream.error(fromInput(cause));
    }
  }

  #takeHead(event: TaskEvent & { type: 'head' }): void {
    const how = this.#splice.head(event.head);
    if (how === 'anew') this.#downstream.next({ type: 'sent', attempt: this.#attempt });
    if (how === 'goes-on' && this.#headTold) return;
    this.#headTold = true;
    this.#downstream.next(event);
  }

  #takeBytes(event: TaskEvent & { type: 'chunk' }): void {
    const bytes = this.#splice.chunk(event.bytes);
    if (bytes === undefined) return;
    const { offset } = this.#splice;
    if (offset > this.#furthest) {
      this.#furthest = offset;
      this.#fruitless = 0;
    }
    this.#downstream.next(bytes === event.bytes ? event : { type: 'chunk', bytes });
  }

  #decide(error: unknown): void {
    if (!isTaskError(error)) {
      this.#downstream.error(error);
      return;
    }
    try {
      if (error.code === 'PAUSED' && error.kind === 'network' && this.#splice.canGoOn) this.#ask();
      else if (this.#isComplete(error)) this.#downstream.complete();
      else this.#pauseOrEnd(error);
    } catch (worse) {
      if (isTaskError(worse)) this.#pauseOrEnd(worse);
      else this.#downstream.error(worse);
    }
  }

  /** Whether a 416 says that there is nothing more to come. @throws TaskError when it says that there is less */
  #isComplete(error: TaskError): boolean {
    if (error.kind !== 'status' || error.status !== 416 || this.#splice.offset === 0) return false;
    this.#splice.unsatisfiable(error);
    return true;
  }

  #pauseOrEnd(error: TaskError): void {
    const delayMs = this.#delayAfter(error);
    if (delayMs === undefined) {
      this.#downstream.error(lastOf(this.#previous, error));
      return;
    }
    this.#previous = remember(this.#previous, error);
    this.#downstream.next({ type: 'retrying', attempt: this.#attempt + 1, delayMs, cause: error });
    if (this.#downstream.closed) return;
    const pause = new Subscription();
    this.#downstream.add(pause);
    pause.add(
      schedule(this.#settings.scheduler, delayMs, () => {
        pause.unsubscribe();
        this.go();
      }),
    );
  }

  /** `undefined`: no further request. */
  #delayAfter(error: TaskError): number | undefined {
    const { rules, scheduler, random } = this.#settings;
    if (!isTransient(error, true, TRANSIENT_STATUSES) || !this.#splice.canGoOn) return undefined;
    this.#fruitless += 1;
    if (this.#fruitless >= rules.maxAttempts) return undefined;
    const toldMs =
      error.kind === 'status'
        ? (retryAfterMs(error.status, error.response.headers, scheduler.now()) ?? 0)
        : 0;
    if (toldMs > rules.maxRetryAfterMs) return undefined;
    return Math.max(toldMs, backoffMs(this.#fruitless, rules, random));
  }
}

/** One request of the run. */
class AnswerStage extends Stage<TaskEvent, TaskEvent> {
  readonly #run: ResumeRun;

  constructor(downstream: Subscriber<TaskEvent>, run: ResumeRun) {
    super(downstream);
    this.#run = run;
  }

  protected onNext(event: TaskEvent): void {
    this.#run.take(event);
  }

  protected override onComplete(): void {
    this.unsubscribe();
    this.#run.end();
  }

  protected override onError(error: unknown): void {
    this.unsubscribe();
    this.#run.fail(error);
  }
}
