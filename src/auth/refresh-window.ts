/** The loop guard: at most so many refreshes within a sliding window of time. */
export class RefreshWindow {
  readonly #maxRefreshes: number;
  readonly #windowMs: number;
  #startedAtMs: readonly number[] = [];

  constructor(maxRefreshes: number, windowMs: number) {
    this.#maxRefreshes = maxRefreshes;
    this.#windowMs = windowMs;
  }

  /** Whether one more may start now; counts it if so. */
  admit(nowMs: number): boolean {
    this.#startedAtMs = this.#startedAtMs.filter(
      (startedAtMs) => nowMs - startedAtMs < this.#windowMs,
    );
    if (this.#startedAtMs.length >= this.#maxRefreshes) return false;
    this.#startedAtMs = [...this.#startedAtMs, nowMs];
    return true;
  }
}
