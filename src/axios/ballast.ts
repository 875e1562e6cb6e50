/** How many bytes pass between two ballasts: what a chunk usually has. */
const STEP_BYTES = 65_536;
/** As many bytes, and a little less: four of them share a page of V8's heap. */
const ELEMENTS = 8000;
/** A single chunk that is larger than this is rare enough to wait for its collection. */
const MOST_AT_ONCE = 64 * STEP_BYTES;

/**
 * Makes the bytes that pass count in V8's young generation. Chunks live outside of its heap: 32 MiB of them pass before they
 * alone cause a collection, as much again while those are swept, and a process that moves bytes fast holds all of it as
 * garbage. Beside an array for each of them that nobody keeps, the young generation is full after some MiB. A collection of
 * it costs what lives in it, which is next to nothing, and chunks soon come to lie where others have lain, in the caches.
 */
export class Ballast {
  /** Only so that no compiler sees that nobody wants it. One for all: a transfer that rests, for days perhaps, keeps none. */
  static last: readonly unknown[] | undefined;
  #owed = 0;

  /** So many bytes have passed. */
  passed(bytes: number): void {
    this.#owed = Math.min(this.#owed + bytes, MOST_AT_ONCE);
    for (; this.#owed >= STEP_BYTES; this.#owed -= STEP_BYTES) {
      // First let go of: what is held while the next one causes a collection lives on.
      Ballast.last = undefined;
      Ballast.last = new Array(ELEMENTS);
    }
  }
}
