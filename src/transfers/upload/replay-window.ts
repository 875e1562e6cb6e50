/** The last bytes of a stream, up to a bound: what may have to be sent again. */
export class ReplayWindow {
  readonly #maxBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #start = 0;
  #end = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The offset of the first byte that is kept. */
  get start(): number {
    return this.#start;
  }

  /** The offset behind the last byte. */
  get end(): number {
    return this.#end;
  }

  /** Takes the next bytes in, and lets the oldest go that are beyond the bound. */
  push(bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return;
    this.#chunks.push(bytes);
    this.#end += bytes.byteLength;
    let surplus = this.#end - this.#start - this.#maxBytes;
    while (surplus > 0) {
      const first = this.#chunks[0] as Uint8Array;
      if (first.byteLength > surplus) {
        // A copy: a view would keep the whole of it alive.
        this.#chunks[0] = first.slice(surplus);
        this.#start += surplus;
        return;
      }
      this.#chunks.shift();
      this.#start += first.byteLength;
      surplus -= first.byteLength;
    }
  }

  /** The bytes between two offsets, both within the window, as one array. */
  slice(from: number, to: number): Uint8Array {
    const out = new Uint8Array(to - from);
    let at = this.#start;
    for (const chunk of this.#chunks) {
      const first = Math.max(from - at, 0);
      const last = Math.min(to - at, chunk.byteLength);
      if (first < last) out.set(chunk.subarray(first, last), at + first - from);
      at += chunk.byteLength;
    }
    return out;
  }
}
