import { taskError } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';
import { TextBag } from './text-bag.js';
import { Utf8Stream } from './utf8-stream.js';

const LF = 0x0a;
const CR = 0x0d;

/** Cuts bytes into lines. The time is linear in the bytes, also for one line in a great many chunks. */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #request: TaskRequest | undefined;
  readonly #utf8 = new Utf8Stream();
  /** The line that is not at its end yet. */
  readonly #open = new TextBag(this.#utf8);
  /** The last chunk ended in CR: an LF at the start of the next one belongs to it. */
  #afterReturn = false;

  /** The request is what an error speaks of. */
  constructor(maxBytes: number, request?: TaskRequest) {
    this.#maxBytes = maxBytes;
    this.#request = request;
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
      const end =
        nextReturn >= 0 && (nextFeed < 0 || nextReturn < nextFeed) ? nextReturn : nextFeed;
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
      this.#check(rest);
      this.#open.add(rest);
    }
  }

  /** Hands on the last line when it has no line end of its own. */
  finish(emit: (line: string) => void): void {
    if (this.#open.size > 0) emit(this.#line(EMPTY));
  }

  #check({ byteLength }: Uint8Array): void {
    if (this.#open.size + byteLength <= this.#maxBytes) return;
    const message = `a line is longer than ${String(this.#maxBytes)} bytes`;
    throw taskError(
      'limit',
      { which: 'line', maxBytes: this.#maxBytes },
      { request: this.#request, code: 'LIMIT_LINE', message },
    );
  }

  #line(end: Uint8Array): string {
    this.#check(end);
    if (this.#open.size === 0) return this.#utf8.finish(end);
    this.#open.add(end);
    return this.#open.take();
  }
}

const EMPTY = new Uint8Array(0);
