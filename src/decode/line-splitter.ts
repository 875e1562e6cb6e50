import { taskError } from '../errors/task-error.js';

const LF = 0x0a;
const CR = 0x0d;

const STREAM = { stream: true } as const;
const LATER = new TextDecoder('utf-8', { ignoreBOM: true });

/** Cuts bytes into lines. The time is linear in the bytes, also for one line in a great many chunks. */
export class LineSplitter {
  readonly #maxBytes: number;
  /** Takes a byte order mark off: only the first line's may have one. */
  #decoder = new TextDecoder();
  /** The line that is not at its end yet. */
  #open: Uint8Array[] = [];
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
      this.#keep(bytes.subarray(start, end));
      emit(this.#line());
      start = end + 1;
      if (end === nextReturn) {
        if (start === bytes.byteLength) this.#afterReturn = true;
        else if (bytes[start] === LF) start += 1;
        nextReturn = bytes.indexOf(CR, start);
      }
      if (nextFeed >= 0 && nextFeed < start) nextFeed = bytes.indexOf(LF, start);
    }
    // A chunk may be a view of memory that its owner uses again, so what is kept over chunks is copied.
    if (start < bytes.byteLength) this.#keep(bytes.slice(start));
  }

  /** Hands on the last line when it has no line end of its own. */
  finish(emit: (line: string) => void): void {
    if (this.#openBytes > 0) emit(this.#line());
  }

  #keep(part: Uint8Array): void {
    if (part.byteLength === 0) return;
    this.#openBytes += part.byteLength;
    if (this.#openBytes > this.#maxBytes) {
      const message = `a line is longer than ${String(this.#maxBytes)} bytes`;
      throw taskError('limit', { which: 'line', maxBytes: this.#maxBytes }, { code: 'LIMIT_LINE', message });
    }
    this.#open.push(part);
  }

  #line(): string {
    const parts = this.#open;
    this.#open = [];
    this.#openBytes = 0;
    const decoder = this.#decoder;
    this.#decoder = LATER;
    if (parts.length <= 1) return decoder.decode(parts[0]);
    let text = '';
    for (const part of parts) text += decoder.decode(part, STREAM);
    return text + decoder.decode();
  }
}
