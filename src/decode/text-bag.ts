import type { Utf8Stream } from './utf8-stream.js';

const SMALLEST = 4_096;
/** Strings of this size are not moved about by the garbage collector while they wait. */
const LARGEST = 262_144;

/** Bytes of one text that come bit by bit, gathered and decoded in large pieces: the time is linear in the bytes. */
export class TextBag {
  readonly #utf8: Utf8Stream;
  #gathered = new Uint8Array(0);
  #used = 0;
  #text = '';
  /** Bytes put in since the last `take`. */
  size = 0;

  constructor(utf8: Utf8Stream) {
    this.#utf8 = utf8;
  }

  /** Copies these bytes in: a chunk may be a view of memory that its owner uses again. */
  add(bytes: Uint8Array): void {
    this.size += bytes.byteLength;
    if (this.#used + bytes.byteLength > this.#gathered.byteLength) this.#makeRoom(bytes.byteLength);
    if (bytes.byteLength > this.#gathered.byteLength) this.#text += this.#utf8.decode(bytes);
    else {
      this.#gathered.set(bytes, this.#used);
      this.#used += bytes.byteLength;
    }
  }

  /** The whole text. */
  take(): string {
    const text = this.#text + this.#utf8.finish(this.#gathered.subarray(0, this.#used));
    this.#text = '';
    this.#used = 0;
    this.size = 0;
    return text;
  }

  #makeRoom(more: number): void {
    const wanted = Math.max((this.#used + more) * 2, SMALLEST);
    if (wanted <= LARGEST) {
      const larger = new Uint8Array(wanted);
      larger.set(this.#gathered.subarray(0, this.#used));
      this.#gathered = larger;
      return;
    }
    this.#text += this.#utf8.decode(this.#gathered.subarray(0, this.#used));
    this.#used = 0;
  }
}
