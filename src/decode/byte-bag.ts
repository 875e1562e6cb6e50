const SMALLEST = 4_096;
const KEPT = 65_536;

/** Bytes that are gathered until they are asked for: one buffer that doubles, so that the time is linear. */
export class ByteBag {
  #buffer = new Uint8Array(0);
  #used = 0;

  get size(): number {
    return this.#used;
  }

  /** Copies these bytes in. */
  add(bytes: Uint8Array): void {
    const needed = this.#used + bytes.byteLength;
    if (needed > this.#buffer.byteLength) {
      const larger = new Uint8Array(Math.max(needed, this.#buffer.byteLength * 2, SMALLEST));
      larger.set(this.#buffer.subarray(0, this.#used));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#used);
    this.#used = needed;
  }

  /** What was gathered; good until the next `add`. */
  take(): Uint8Array {
    const bytes = this.#buffer.subarray(0, this.#used);
    this.#used = 0;
    if (this.#buffer.byteLength > KEPT) this.#buffer = new Uint8Array(0);
    return bytes;
  }
}
