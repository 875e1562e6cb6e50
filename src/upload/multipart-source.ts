import type { ByteSource } from '../http/body.js';
import { InvalidInput } from '../http/invalid-input.js';
import { pulled } from '../task/pulled-bytes.js';
import type { PulledBytes } from '../task/pulled-source.js';
import { FAILS, type RestlessSource } from '../task/restless-source.js';

/** A piece of a body that is opened when its turn comes. */
export interface OpenedPiece {
  /** Whose it is, for messages. */
  readonly field: string;
  /** Bytes, when known: the source must keep to it. */
  readonly length: number | undefined;
  open(): ByteSource;
}

/** A piece of a body: bytes at hand, or a source. */
export type BodyPiece = Uint8Array | OpenedPiece;

const SLICE_BYTES = 65_536;
const DONE = { done: true, value: undefined } as const;

/**
 * Pieces, one behind the other, each opened when the one before it is at its end. By hand, since a generator that waits
 * for its source cannot be left.
 */
export class MultipartSource implements AsyncIterableIterator<Uint8Array>, RestlessSource {
  readonly #pieces: readonly BodyPiece[];
  #at = 0;
  #bytes: Uint8Array | undefined;
  #open: { readonly source: PulledBytes; readonly piece: OpenedPiece; taken: number } | undefined;
  #left = false;
  #onFailure: ((cause: unknown) => void) | undefined;

  constructor(pieces: readonly BodyPiece[]) {
    this.#pieces = pieces;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    try {
      while (this.#turn()) {
        const value = this.#bytes === undefined ? await this.#pulled() : this.#slice(this.#bytes);
        if (this.#left) return DONE;
        if (value !== undefined && value.byteLength > 0) return { done: false, value };
      }
      return DONE;
    } catch (cause) {
      await this.return();
      throw cause;
    }
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#left = true;
    this.#open?.source.release();
    this.#open = undefined;
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [FAILS](onFailure: (cause: unknown) => void): void {
    this.#onFailure = onFailure;
  }

  /** Sees to it that there is a piece to read from; `false` at the end. */
  #turn(): boolean {
    if (this.#left) return false;
    if (this.#bytes !== undefined || this.#open !== undefined) return true;
    const piece = this.#pieces[this.#at++];
    if (piece === undefined) return false;
    if (ArrayBuffer.isView(piece)) this.#bytes = piece;
    else {
      const source = pulled(piece.open());
      source.onFailure = (cause) => this.#onFailure?.(cause);
      this.#open = { source, piece, taken: 0 };
    }
    return true;
  }

  /** Slice by slice, where somebody wants to see it go. */
  #slice(bytes: Uint8Array): Uint8Array {
    this.#bytes = bytes.byteLength > SLICE_BYTES ? bytes.subarray(SLICE_BYTES) : undefined;
    return bytes.subarray(0, SLICE_BYTES);
  }

  async #pulled(): Promise<Uint8Array | undefined> {
    const open = this.#open;
    if (open === undefined) return undefined;
    const value = await open.source.pull();
    const { length, field } = open.piece;
    open.taken += value?.byteLength ?? 0;
    if (length !== undefined && open.taken > length) throw wrongLength(field, length, 'more');
    if (value !== undefined) return value;
    if (length !== undefined && open.taken < length) throw wrongLength(field, length, 'less');
    open.source.release();
    this.#open = undefined;
    return undefined;
  }
}

function wrongLength(field: string, length: number, than: 'more' | 'less'): Error {
  const message = `${field}: its source gave ${than} than the ${String(length)} bytes it was said to have`;
  return new InvalidInput('body', message, 'BODY_LENGTH');
}
