import type { Readable } from 'node:stream';
import type { Flow } from '../http/flow.js';
import { type ByteSink, type Coding, CodingStage } from './content-coding.js';
import { nextTurn } from './next-turn.js';

/** Who reads a response. */
export interface Reader {
  chunk(bytes: Uint8Array): void;
  ended(): void;
  failed(cause: unknown): void;
}

/** As much is read in one turn of the event loop. */
const BYTES_A_TURN = 65_536;

/** Reads a Node response: undoes its codings, stops while the flow is paused, leaves no listener on a pooled socket. */
export class ResponseReader {
  readonly #source: Readable;
  readonly #stages: CodingStage[] = [];
  readonly #first: ByteSink;
  readonly #flow: Flow | undefined;
  #blocked = false;
  /** Bytes read in this turn; waiting for the next one once there are enough. */
  #inTurn = 0;
  #resting = false;
  #stopped = false;
  #unlisten: (() => void) | undefined;

  constructor(
    source: Readable,
    codings: readonly Coding[] | undefined,
    flow: Flow | undefined,
    reader: Reader,
  ) {
    this.#source = source;
    this.#flow = flow;
    let sink: ByteSink = {
      write: (bytes) => {
        reader.chunk(bytes);
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
      if (!this.#first.write(bytes)) {
        this.#blocked = true;
        source.pause();
      }
      this.#inTurn += bytes.byteLength;
      if (this.#inTurn >= BYTES_A_TURN) this.#rest();
    });
    source.on('end', () => {
      this.#first.end();
    });
  }

  /** Reads nothing more and lets go of what decodes. */
  stop(): void {
    this.#stopped = true;
    this.#unlisten?.();
    this.#unlisten = undefined;
    for (const stage of this.#stages) stage.destroy();
  }

  #rest(): void {
    this.#inTurn = 0;
    if (this.#resting) return;
    this.#resting = true;
    this.#source.pause();
    nextTurn(() => {
      this.#resting = false;
      if (!this.#stopped) this.#turn();
    });
  }

  #turn(): void {
    const paused = this.#flow?.paused === true;
    const last = this.#stages.at(-1);
    if (paused) last?.pause();
    else last?.flow();
    if (paused || this.#blocked || this.#resting) this.#source.pause();
    else this.#source.resume();
  }
}
