import { RateMeter } from '../transfers/download/rate-meter.js';
import type { FileDownloadNotice } from './download-notice.js';

const TOLD_EVERY_MS = 100;

/** Makes notices of progress, at most ten a second. */
export class ProgressTeller {
  readonly #meter = new RateMeter();
  #toldMs = -Infinity;

  /** A notice, when it is time for one or the last byte is there. */
  note(
    nowMs: number,
    loadedBytes: number,
    totalBytes: number | undefined,
  ): FileDownloadNotice | undefined {
    this.#meter.note(nowMs, loadedBytes);
    // A clock that was set back has nothing to wait for.
    const isDue = nowMs - this.#toldMs >= TOLD_EVERY_MS || nowMs < this.#toldMs;
    if (!isDue && loadedBytes !== totalBytes) return undefined;
    this.#toldMs = nowMs;
    return { type: 'progress', loadedBytes, totalBytes, ...this.#meter.pace(totalBytes) };
  }
}
