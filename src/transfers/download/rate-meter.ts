/** How fast something goes, and how long it will take if it goes on so. */
export interface Pace {
  /** Over the last seconds; `undefined` while there is too little to tell. */
  readonly bytesPerSecond: number | undefined;
  /** Milliseconds to the end; `undefined` while the length or the rate is unknown, or nothing moves. */
  readonly remainingMs: number | undefined;
}

const WINDOW_MS = 5_000;
const SPACING_MS = 100;

/** Measures a rate over a window of the last five seconds; its memory is bounded by that. */
export class RateMeter {
  #samples: { readonly atMs: number; readonly bytes: number }[] = [];

  /** Notes how many bytes there are by now. Fewer than before are a new beginning. */
  note(atMs: number, bytes: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && (bytes < last.bytes || atMs < last.atMs)) this.#samples = [];
    const before = this.#samples.at(-2);
    // Samples that stand close together are one.
    if (before !== undefined && last !== undefined && last.atMs - before.atMs < SPACING_MS)
      this.#samples.pop();
    this.#samples.push({ atMs, bytes });
    while ((this.#samples[1]?.atMs ?? Infinity) <= atMs - WINDOW_MS) this.#samples.shift();
  }

  /** The pace at the last note, towards this many bytes. */
  pace(totalBytes: number | undefined): Pace {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs)
      return { bytesPerSecond: undefined, remainingMs: undefined };
    const perMs = (last.bytes - first.bytes) / (last.atMs - first.atMs);
    const remainingMs =
      totalBytes === undefined || perMs === 0
        ? undefined
        : Math.max(0, Math.round((totalBytes - last.bytes) / perMs));
    return { bytesPerSecond: Math.round(perMs * 1000), remainingMs };
  }
}
