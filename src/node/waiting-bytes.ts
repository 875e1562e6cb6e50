import type { FlowGate } from '../http/flow.js';

/** Bytes that wait for the disk: as many hold the server back, and as few let it go on. */
const MOST_WAITING_BYTES = 1 << 20;
const FEW_WAITING_BYTES = 1 << 18;

/** A list of what has come and is not written; who takes it later takes all that is in it by then. */
export type WaitingList = Uint8Array[];

/** The bytes between the network and the disk, with a gate that holds the network back while many wait. */
export class WaitingBytes {
  readonly #gate: FlowGate;
  #list: WaitingList = [];
  #bytes = 0;

  constructor(gate: FlowGate) {
    this.#gate = gate;
  }

  /** The list that they wait in. */
  add(bytes: Uint8Array): WaitingList {
    this.#list.push(bytes);
    this.#bytes += bytes.byteLength;
    if (this.#bytes >= MOST_WAITING_BYTES) this.#gate.set(true);
    return this.#list;
  }

  /** Throws them away. What comes from now on waits in another list: who has the one before must not write it. */
  drop(): void {
    this.#list.length = 0;
    this.#list = [];
    this.#bytes = 0;
    this.#gate.set(false);
  }

  /** So many bytes that were taken from this list are written. */
  written(list: WaitingList, bytes: number): void {
    // A new beginning has thrown them out of the count already.
    if (list !== this.#list) return;
    this.#bytes -= bytes;
    if (this.#bytes <= FEW_WAITING_BYTES) this.#gate.set(false);
  }
}
