import type { Readable } from 'node:stream';
import type { Flow } from '../http/flow.js';
import { Ballast } from './ballast.js';
import { type ByteSink, type Coding, CodingStage } from './content-coding.js';

/** Who reads a response. */
export interface Reader {
  chunk(bytes: Uint8Array): void;
  ended(): void;
  failed(cause: unknown): void;
}

/** Reads a Node response: undoes its codings, stops while the flow is paused, leaves no listener on a pooled socket. */
export class ResponseReader {
  readonly #source: Readable;
  readonly #stages: CodingStage[] = [];
  readonly #first: ByteSink;
  readonly #flow: Flow | undefined;
  #blocked = false;
  #unlisten: (() => void) | undefined;

  constructor(
    source: Readable,
    codings: readonly Coding[] | undefined,
    flow: Flow | undefined,
    reader: Reader,
  ) {
    this.#source = source;
    this.#flow = flow;
    const ballast = new Ballast();
    let sink: ByteSink = {
      write: (bytes) => {
        reader.chunk(bytes);
        ballast.passed(bytes.byteLength);
        return true;
      },
      end: () => {
        this.stop();
        reader.ended();
      },
    };
    const failed = (cause: unknown): void => {
      reader.failed(cause);
    };
    // The stage nearest to the reader is made first.
    for (let at = (codings?.length ?? 0) - 1; at >= 0; at--) {
      const stage: CodingStage = new CodingStage(codings?.[at] as Coding, sink, failed);
      this.#stages.unshift(stage);
      sink = stage;
    }
    this.#first = sink;
  }

  /** Starts reading. */
  start(): void {
    const source = this.#source;
    const [outermost] = this.#stages;
    if (outermost !== undefined) {
      outermost.resume = () => {
        this.#blocked = false;
        this.#turn();
      };
    }
    if (this.#flow !== undefined) {
      this.#unlisten = this.#flow.listen(() => {
        this.#turn();
      });
      if (this.#flow.paused) source.pause();
    }
    source.on('data', (bytes: Uint8Array) => {
      if (this.#first.write(bytes)) return;
      this.#blocked = true;
      source.pause();
    });
    source.on('end', () => {
      this.#first.end();
    });
  }

  /** Reads nothing more and lets go of what decodes. */
  stop(): void {
    this.#unlisten?.();
    this.#unlisten = undefined;
    for (const stage of this.#stages) stage.destroy();
  }

  #turn(): void {
    const paused = this.#flow?.paused === true;
    const last = this.#stages.at(-1);
    if (paused) last?.pause();
    else last?.flow();
    if (paused || this.#blocked) this.#source.pause();
    else this.#source.resume();
  }
}
