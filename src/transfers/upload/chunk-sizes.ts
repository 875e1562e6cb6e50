import { invalid } from '../../http/invalid-input.js';

const FIRST_BYTES = 1024;
const GROWTH = 8;
const LARGEST_BYTES = 32 * 1024 * 1024;

/**
 * The sizes of chunks that an upload has unless told otherwise: 1 KiB, so that a refusal costs no more, then eight
 * times as many each, up to 32 MiB.
 *
 * @example
 * growingChunks(1); // 1024
 * growingChunks(3); // 65536
 */
export function growingChunks(n: number): number {
  return Math.min(LARGEST_BYTES, FIRST_BYTES * GROWTH ** (n - 1));
}

/** How much smaller the next chunk is after a loss, in steps of the policy. */
const BACK_STEPS = 2;

/** Where in its sizes an upload is: a step further with each chunk that arrived, two back with each loss. */
export class ChunkSizes {
  readonly #chunkBytes: (n: number) => number;
  #n = 1;

  constructor(chunkBytes: (n: number) => number) {
    this.#chunkBytes = chunkBytes;
  }

  /** The size of the next chunk. @throws InvalidInput for a policy that gives no size */
  get bytes(): number {
    const bytes = this.#chunkBytes(this.#n);
    if (bytes !== Infinity && !(Number.isSafeInteger(bytes) && bytes > 0))
      throw invalid(
        'chunkBytes',
        'a function that returns a whole number of bytes, 1 or more, or Infinity',
        bytes,
      );
    return bytes;
  }

  arrived(): void {
    this.#n += 1;
  }

  lost(): void {
    this.#n = Math.max(1, this.#n - BACK_STEPS);
  }
}
