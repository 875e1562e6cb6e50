import type { SchedulerLike, Subscriber, Subscription } from 'rxjs';
import type { TimeoutPhase } from '../errors/kinds.js';
import { type TaskError, taskError } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';
import { Stage } from '../task/stage.js';
import { schedule } from '../task/wait.js';
import type { DeadlineLimits } from './deadline-parts.js';

/**
 * Watches one subscription with one timer at a time, set to whatever is due first. Values only note the time; a timer
 * that finds its due put off is set again. So a chunk costs a look at the clock and no more.
 */
export class DeadlineStage<T> extends Stage<T, T> {
  protected readonly request: TaskRequest | undefined;
  readonly #limits: DeadlineLimits;
  readonly #scheduler: SchedulerLike;
  /** When it began, by the clock; moved along when somebody sets the clock back. */
  #startMs: number;
  #timer: Subscription | undefined;
  /** The time that is certainly over. */
  #overMs = 0;
  #lastMs = 0;
  #connected = false;
  #answered = false;
  /** Somebody holds the response back. */
  #held = false;
  /** The timer was set without regard to idleness. */
  #setWhileHeld = false;

  constructor(
    downstream: Subscriber<T>,
    limits: DeadlineLimits,
    scheduler: SchedulerLike,
    request?: TaskRequest,
  ) {
    super(downstream);
    this.#limits = limits;
    this.#scheduler = scheduler;
    this.#startMs = scheduler.now();
    this.request = request;
  }

  /** Sets the timer. To be called once the source is subscribed: one that ends at once needs none. */
  arm(): void {
    if (this.closed) return;
    this.#setWhileHeld = this.#held;
    let delayMs = Infinity;
    for (const phase of PHASES) delayMs = Math.min(delayMs, this.#leftMs(phase));
    if (delayMs === Infinity) return;
    delayMs = Math.max(0, delayMs);
    const dueMs = this.#elapsedMs() + delayMs;
    this.#timer = schedule(this.#scheduler, delayMs, () => {
      this.#onTimer(dueMs);
    });
    this.add(this.#timer);
  }

  /** The connection stands. */
  onConnected(): void {
    this.#connected = true;
  }

  /** A slow consumer stops the reading, or lets it go on. */
  hold(held: boolean): void {
    this.#held = held;
    if (held) return;
    this.#lastMs = this.#elapsedMs();
    if (!this.#setWhileHeld) return;
    this.#clear();
    this.arm();
  }

  protected onNext(value: T): void {
    const elapsedMs = this.#elapsedMs();
    // A source that leaves timers no room is ended all the same.
    if (elapsedMs > this.#limits.total) {
      this.#end('total');
      return;
    }
    this.#lastMs = elapsedMs;
    this.look(value);
    this.downstream.next(value);
  }

  /** What a value says beside that the source is alive: here, that it has answered. */
  protected look(_value: T): void {
    this.onAnswered();
  }

  protected onAnswered(): void {
    this.#answered = true;
  }

  /** A pause that is meant: the time up to its end is no idleness. */
  protected onPause(delayMs: number): void {
    this.#lastMs += delayMs;
  }

  /** What went wrong before, for the error. */
  protected previous(): readonly TaskError[] {
    return [];
  }

  #elapsedMs(): number {
    const byClockMs = this.#scheduler.now() - this.#startMs;
    if (byClockMs < this.#overMs) this.#startMs -= this.#overMs - byClockMs;
    else this.#overMs = byClockMs;
    return this.#overMs;
  }

  #leftMs(phase: TimeoutPhase): number {
    const limitMs = this.#limits[phase];
    if (limitMs === Infinity) return Infinity;
    if (phase === 'idle')
      return this.#held ? Infinity : limitMs - (this.#elapsedMs() - this.#lastMs);
    if (phase === 'connect' && this.#connected) return Infinity;
    return phase !== 'total' && this.#answered ? Infinity : limitMs - this.#elapsedMs();
  }

  #onTimer(dueMs: number): void {
    this.#clear();
    // A timer may be a little early. Where it seems to be more, the clock was set back and the timer is right.
    if (this.#elapsedMs() < dueMs - EARLY_MS) this.#overMs = dueMs;
    const due = PHASES.find((phase) => this.#leftMs(phase) <= 0);
    if (due === undefined) this.arm();
    else this.#end(due);
  }

  #clear(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  /** The source is let go before anybody hears of it. */
  #end(phase: TimeoutPhase): void {
    const afterMs = this.#limits[phase];
    const { request } = this;
    const error = taskError(
      'timeout',
      { phase, afterMs },
      {
        request,
        code: `TIMEOUT_${phase.toUpperCase()}`,
        message: `${WAITED_FOR[phase]} ${String(afterMs)} ms`,
        previous: this.previous(),
      },
    );
    this.unsubscribe();
    this.downstream.error(error);
  }
}

const EARLY_MS = 5;

/** The narrower one names the failure where two are due at once. */
const PHASES: readonly TimeoutPhase[] = ['connect', 'response', 'idle', 'total'];

const WAITED_FOR: Readonly<Record<TimeoutPhase, string>> = {
  connect: 'no connection within',
  response: 'no response within',
  idle: 'no sign of life for',
  total: 'not done within',
};
