/** A circular buffer of bytes: a fixed size, first in, first out. */
export class ByteRing {
  readonly #bytes: Uint8Array;
  #start = 0;
  #used = 0;

  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
  }

  get used(): number {
    return this.#used;
  }

  get free(): number {
    return this.#bytes.byteLength - this.#used;
  }

  /** Copies as many bytes in as fit and says how many. */
  put(bytes: Uint8Array): number {
    const size = this.#bytes.byteLength;
    const count = Math.min(bytes.byteLength, this.free);
    const at = (this.#start + this.#used) % size;
    const straight = Math.min(count, size - at);
    this.#bytes.set(bytes.subarray(0, straight), at);
    this.#bytes.set(bytes.subarray(straight, count), 0);
    this.#used += count;
    return count;
  }

  /** Takes everything out, as a copy that stays as it is when the ring goes on. */
  take(): Uint8Array {
    const size = this.#bytes.byteLength;
    const out = new Uint8Array(this.#used);
    const straight = Math.min(this.#used, size - this.#start);
    out.set(this.#bytes.subarray(this.#start, this.#start + straight));
    out.set(this.#bytes.subarray(0, this.#used - straight), straight);
    this.#start = 0;
    this.#used = 0;
    return out;
  }
}
