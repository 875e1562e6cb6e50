import { type Observable, type SchedulerLike, type Subscriber, Subscription } from 'rxjs';
import { fromInput } from '../errors/from-input.js';
import { type TaskError, isTaskError } from '../errors/task-error.js';
import { retryAfterMs } from '../http/retry-after.js';
import { Stage } from '../task/stage.js';
import { schedule } from '../task/wait.js';
import { backoffMs } from './backoff.js';
import { lastOf, remember } from './previous-errors.js';
import type { RetryBudget } from './retry-budget.js';
import type { CompleteRules } from './retry-options.js';

/** What a run goes by. */
export interface RetrySettings {
  readonly rules: CompleteRules;
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
  readonly budget: RetryBudget | undefined;
}

/**
 * The attempts of one subscription, one after the other. A failed attempt is torn down before anything follows from
 * it, also when it failed while it was being subscribed: a slot that it held is free for the next one.
 */
export abstract class RetryRun<T> {
  protected readonly downstream: Subscriber<T>;
  protected readonly rules: CompleteRules;
  readonly #settings: RetrySettings;
  #attempts = 0;
  #previous: readonly TaskError[] = [];
  #entering = false;
  #failedEntering: { readonly error: unknown } | undefined;

  constructor(downstream: Subscriber<T>, settings: RetrySettings) {
    this.downstream = downstream;
    this.rules = settings.rules;
    this.#settings = settings;
  }

  /** A new attempt, not yet subscribed. */
  protected abstract open(): Observable<T>;
  /** Whether this failure must stand. */
  protected abstract stands(error: TaskError): boolean;
  /** Says that a pause begins. */
  protected abstract announce(delayMs: number, cause: TaskError): void;
  /** Looks at a value on its way. */
  abstract look(value: T): void;

  /** Begins the next attempt. */
  go(): void {
    this.#attempts += 1;
    this.#entering = true;
    try {
      this.open().subscribe(new AttemptStage(this.downstream, this));
    } catch (cause) {
      this.downstream.error(fromInput(cause));
    }
    this.#entering = false;
    const failed = this.#failedEntering;
    if (failed === undefined) return;
    this.#failedEntering = undefined;
    this.#decide(failed.error);
  }

  /** Takes the failure of the attempt that runs. */
  fail(error: unknown): void {
    if (this.#entering) this.#failedEntering = { error };
    else this.#decide(error);
  }

  /** Takes its success. */
  succeed(): void {
    this.#settings.budget?.succeed();
    this.downstream.complete();
  }

  #decide(error: unknown): void {
    if (!isTaskError(error)) {
      this.downstream.error(error);
      return;
    }
    let delayMs: number | undefined;
    try {
      delayMs = this.#delayAfter(error);
    } catch (bug) {
      this.downstream.error(bug);
      return;
    }
    if (delayMs === undefined) this.downstream.error(lastOf(this.#previous, error));
    else this.#pause(delayMs, error);
  }

  /** `undefined`: no further attempt. The budget is asked last: what is taken from it is used. */
  #delayAfter(error: TaskError): number | undefined {
    const { rules, scheduler, random, budget } = this.#settings;
    if (this.#attempts >= rules.maxAttempts || this.stands(error)) return undefined;
    const toldMs =
      error.kind === 'status'
        ? (retryAfterMs(error.status, error.response.headers, scheduler.now()) ?? 0)
        : 0;
    if (toldMs > rules.maxRetryAfterMs || rules.when?.(error, this.#attempts) === false)
      return undefined;
    const delayMs = Math.max(toldMs, backoffMs(this.#attempts, rules, random));
    return budget?.spend() === false ? undefined : delayMs;
  }

  #pause(delayMs: number, cause: TaskError): void {
    this.#previous = remember(this.#previous, cause);
    this.announce(delayMs, cause);
    if (this.downstream.closed) return;
    const pause = new Subscription();
    this.downstream.add(pause);
    pause.add(
      schedule(this.#settings.scheduler, delayMs, () => {
        pause.unsubscribe();
        this.go();
      }),
    );
  }
}

class AttemptStage<T> extends Stage<T, T> {
  readonly #run: RetryRun<T>;

  constructor(downstream: Subscriber<T>, run: RetryRun<T>) {
    super(downstream);
    this.#run = run;
  }

  protected onNext(value: T): void {
    this.#run.look(value);
    this.downstream.next(value);
  }

  protected override onComplete(): void {
    this.#run.succeed();
  }

  protected override onError(error: unknown): void {
    this.unsubscribe();
    this.#run.fail(error);
  }
}
