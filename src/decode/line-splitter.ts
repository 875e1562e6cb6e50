import { taskError } from '../errors/task-error.js';
import { Utf8Stream } from './utf8-stream.js';

const LF = 0x0a;
const CR = 0x0d;

/** Cuts bytes into lines. The time is linear in the bytes, also for one line in a great many chunks. */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #utf8 = new Utf8Stream();
  /** The line that is not at its end yet. */
  #open = '';
  #openBytes = 0;
  /** The last chunk ended in CR: an LF at the start of the next one belongs to it. */
  #afterReturn = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Hands on each line that ends in these bytes. */
  push(bytes: Uint8Array, emit: (line: string) => void): void {
    let start = 0;
    if (this.#afterReturn && bytes.byteLength > 0) {
      this.#afterReturn = false;
      if (bytes[0] === LF) start = 1;
    }
    let nextReturn = bytes.indexOf(CR, start);
    let nextFeed = bytes.indexOf(LF, start);
    while (nextReturn >= 0 || nextFeed >= 0) {
      const end = nextReturn >= 0 && (nextFeed < 0 || nextReturn < nextFeed) ? nextReturn : nextFeed;
      emit(this.#line(bytes.subarray(start, end)));
      start = end + 1;
      if (end === nextReturn) {
        if (start === bytes.byteLength) this.#afterReturn = true;
        else if (bytes[start] === LF) start += 1;
        nextReturn = bytes.indexOf(CR, start);
      }
      if (nextFeed >= 0 && nextFeed < start) nextFeed = bytes.indexOf(LF, start);
    }
    if (start < bytes.byteLength) {
      const rest = start === 0 ? bytes : bytes.subarray(start);
      this.#count(rest);
      this.#open += this.#utf8.decode(rest);
    }
  }

  /** Hands on the last line when it has no line end of its own. */
  finish(emit: (line: string) => void): void {
    if (this.#openBytes > 0) emit(this.#line(EMPTY));
  }

  #count({ byteLength }: Uint8Array): void {
    this.#openBytes += byteLength;
    if (this.#openBytes > this.#maxBytes) {
      const message = `a line is longer than ${String(this.#maxBytes)} bytes`;
      throw taskError('limit', { which: 'line', maxBytes: this.#maxBytes }, { code: 'LIMIT_LINE', message });
    }
  }

  #line(end: Uint8Array): string {
    this.#count(end);
    const line = this.#open + this.#utf8.finish(end);
    this.#open = '';
    this.#openBytes = 0;
    return line;
  }
}

const EMPTY = new Uint8Array(0);
