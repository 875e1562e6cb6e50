import zlib from 'node:zlib';
import { taskError } from '../errors/task-error.js';
import { codingNames } from './coding-names.js';

/** Where decoded bytes go. */
export interface ByteSink {
  /** False when it has enough for now: then `resume` of its giver is called when it wants more. */
  write(bytes: Uint8Array): boolean;
  end(): void;
}

type Decompressor = zlib.Gunzip | zlib.Inflate | zlib.InflateRaw | zlib.BrotliDecompress;
/** Makes what undoes one coding, by the first byte of what it has to undo. */
export type Coding = (firstByte: number) => Decompressor;

const gunzip: Coding = () => zlib.createGunzip();
const CODINGS: ReadonlyMap<string, Coding> = new Map([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  // "deflate" is zlib's format by RFC 9110 section 8.4.1.2, and raw deflate by the servers that got it wrong.
  ['deflate', (first) => ((first & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw())],
  ['br', () => zlib.createBrotliDecompress()],
]);

/**
 * The codings to undo, the last applied first; `undefined` when there is nothing to undo, or one that is unknown here:
 * then body and header are left as they came.
 * @throws TaskError `limit` for more than five
 */
export function codingsOf(contentEncoding: string | undefined): readonly Coding[] | undefined {
  if (contentEncoding === undefined) return undefined;
  const codings = [...codingNames(contentEncoding)].reverse().map((name) => CODINGS.get(name));
  return codings.length > 0 && codings.every((coding) => coding !== undefined)
    ? codings
    : undefined;
}

/**
 * Undoes one coding, strictly: a body that is cut, invalid, or followed by something else is an error, and never a
 * value. Made at the first byte; an empty body stays empty.
 */
export class CodingStage implements ByteSink {
  /** Called when more can be written after a `write` that said no. */
  resume: (() => void) | undefined;
  readonly #coding: Coding;
  readonly #next: ByteSink;
  readonly #failed: (cause: unknown) => void;
  #stream: Decompressor | undefined;
  #fed = 0;

  constructor(coding: Coding, next: ByteSink, failed: (cause: unknown) => void) {
    this.#coding = coding;
    this.#next = next;
    this.#failed = failed;
    if (next instanceof CodingStage) next.resume = () => this.#stream?.resume();
  }

  write(bytes: Uint8Array): boolean {
    const [first] = bytes;
    if (first === undefined) return true;
    this.#fed += bytes.byteLength;
    this.#stream ??= this.#open(first);
    return this.#stream.write(bytes);
  }

  end(): void {
    if (this.#stream === undefined) this.#next.end();
    else this.#stream.end();
  }

  /** Holds its output back. */
  pause(): void {
    this.#stream?.pause();
  }

  /** Lets its output go on. */
  flow(): void {
    this.#stream?.resume();
  }

  destroy(): void {
    this.#stream?.destroy();
  }

  #open(first: number): Decompressor {
    const stream = this.#coding(first);
    stream.on('data', (bytes: Uint8Array) => {
      if (!this.#next.write(bytes)) stream.pause();
    });
    stream.on('drain', () => this.resume?.());
    stream.on('end', () => {
      if (stream.bytesWritten < this.#fed)
        this.#failed(undecodable('something follows its end', undefined));
      else this.#next.end();
    });
    stream.on('error', (cause: NodeJS.ErrnoException) => {
      this.#failed(
        cause.code === 'Z_BUF_ERROR' ? cutShort(cause) : undecodable(cause.message, cause),
      );
    });
    return stream;
  }
}

function undecodable(why: string, cause: unknown): Error {
  const message = `the body does not follow its Content-Encoding: ${why}`;
  return taskError(
    'decode',
    { head: undefined, response: undefined, issues: [] },
    { code: 'DECODE_CONTENT_CODING', message, cause },
  );
}

function cutShort(cause: unknown): Error {
  const message = 'the compressed body broke off before its end';
  return taskError('network', { sent: true }, { code: 'BODY_TRUNCATED', message, cause });
}
