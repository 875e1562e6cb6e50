import type { PulledBytes } from '../task/pulled-source.js';
import { Ballast } from './ballast.js';
import { makeHeapRoom } from './heap-room.js';
import { tooLong, wrongLength } from './source-error.js';
import { turnOfLoop } from './turn-of-loop.js';

/** The part of a `ClientRequest` that a body is written to. */
export interface BodySink {
  write(bytes: Uint8Array, written?: () => void): boolean;
  once(event: 'drain', listener: () => void): unknown;
  removeListener(event: 'drain', listener: () => void): unknown;
  end(): unknown;
}

/** What the pump tells. */
export interface PumpListener {
  /** Bytes taken by the socket so far; `undefined` when nobody looks at progress. */
  readonly uploaded: ((loaded: number) => void) | undefined;
  /** The source failed, or did not keep to its length. The request must not end as if it were whole. */
  failed(cause: unknown): void;
}

/** From here on it matters how memory comes and goes. */
const LARGE_BYTES = 1_048_576;

/** Writes a source to a request as fast as the socket takes it, and no faster. */
export class UploadPump {
  readonly #source: PulledBytes;
  readonly #sink: BodySink;
  readonly #length: number | undefined;
  readonly #listener: PumpListener;
  readonly #maxBytes: number;
  readonly #ballast = new Ballast();
  #stopped = false;
  #loaded = 0;
  #resume: (() => void) | undefined;

  constructor(
    source: PulledBytes,
    sink: BodySink,
    length: number | undefined,
    listener: PumpListener,
    maxBytes = Infinity,
  ) {
    this.#source = source;
    this.#sink = sink;
    this.#length = length;
    this.#listener = listener;
    this.#maxBytes = maxBytes;
  }

  /** Writes until the source ends or fails, or the pump is stopped. */
  async run(): Promise<void> {
    this.#source.onFailure = (cause) => {
      this.#fail(cause);
    };
    try {
      await this.#write();
    } catch (cause) {
      this.#fail(cause);
    } finally {
      this.stop();
    }
  }

  /** Writes nothing more and lets go of the source. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#source.release();
    this.#resume?.();
  }

  #fail(cause: unknown): void {
    if (!this.#stopped) this.#listener.failed(cause);
  }

  async #write(): Promise<void> {
    let taken = 0;
    for (;;) {
      const bytes = await this.#source.pull();
      if (this.#isStopped()) return;
      if (bytes === undefined) break;
      taken += bytes.byteLength;
      if (this.#length !== undefined && taken > this.#length)
        throw wrongLength(this.#length, 'more');
      if (taken > this.#maxBytes) throw tooLong(this.#maxBytes);
      if (bytes.byteLength > 0 && !this.#sink.write(bytes, this.#written(bytes)))
        await this.#drained();
      const turn = turnOfLoop(bytes.byteLength);
      if (turn !== undefined) await turn;
      if (this.#isStopped()) return;
      this.#ballast.passed(bytes.byteLength);
      if (taken > LARGE_BYTES) makeHeapRoom();
    }
    if (this.#length !== undefined && taken < this.#length) throw wrongLength(this.#length, 'less');
    this.#sink.end();
  }

  #written({ byteLength }: Uint8Array): (() => void) | undefined {
    const { uploaded } = this.#listener;
    if (uploaded === undefined) return undefined;
    return () => {
      this.#loaded += byteLength;
      uploaded(this.#loaded);
    };
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        this.#resume = undefined;
        this.#sink.removeListener('drain', go);
        resolve();
      };
      this.#resume = go;
      this.#sink.once('drain', go);
    });
  }

  /** Behind a call, so that the compiler does not think that nobody stops a pump between two lines. */
  #isStopped(): boolean {
    return this.#stopped;
  }
}
