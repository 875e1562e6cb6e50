import { type TaskError, withPrevious } from '../../errors/task-error.js';
import { retryAfterMs } from '../../http/retry-after.js';
import { backoffMs } from '../../policies/backoff.js';
import type { RunSettings } from './run-settings.js';

type LossSettings = Pick<RunSettings, 'maxLosses' | 'curve' | 'random' | 'scheduler'>;

const KEPT_ERRORS = 20;

/** What went wrong since the server last had more than ever before, and how long to wait because of it. */
export class LossCount {
  readonly #set: LossSettings;
  readonly #errors: TaskError[] = [];
  #losses = 0;
  #best = 0;
  #restarts = 0;

  constructor(settings: LossSettings) {
    this.#set = settings;
  }

  /** The server has so many bytes: when that is more than ever, what was lost before is forgiven. */
  arrived(offset: number): void {
    if (offset <= this.#best) return;
    this.#best = offset;
    this.#losses = 0;
    this.#errors.length = 0;
  }

  /** The upload is to begin again; false when it did so too often. */
  restart(): boolean {
    this.#best = 0;
    this.#restarts += 1;
    return this.#restarts <= this.#set.maxLosses;
  }

  /** One more. The pause before the server is asked, or the error of the upload when it was one too many. */
  add(error: TaskError, atOnce: boolean): number | TaskError {
    const { maxLosses, curve, random, scheduler } = this.#set;
    // Let go by a pause: the next request waits for its end, and nothing went wrong.
    if (error.code === 'PAUSED') return 0;
    this.#losses += 1;
    this.#errors.push(error);
    if (this.#errors.length > KEPT_ERRORS) this.#errors.shift();
    if (this.#losses > maxLosses) return withPrevious(error, this.#errors);
    const asked =
      error.kind === 'status'
        ? retryAfterMs(error.status, error.response.headers, scheduler.now())
        : undefined;
    return asked ?? (atOnce && this.#losses === 1 ? 0 : backoffMs(this.#losses, curve, random));
  }
}
