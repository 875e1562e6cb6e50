import { setImmediate } from 'node:timers';

/** As much is written in one turn of the event loop, by whomever. */
const BYTES_A_TURN = 1_048_576;
let inTurn = 0;

/**
 * So many bytes were written. Now and then it is the turn of others first: a peer that takes all at once would otherwise
 * keep a source that gives all at once from ever letting go of the event loop, timers and other sockets included. It is no
 * clock: nothing waits for a time here.
 */
export function turnOfLoop(bytes: number): Promise<void> | undefined {
  inTurn += bytes;
  if (inTurn < BYTES_A_TURN) return undefined;
  inTurn = 0;
  return new Promise((resolve) => setImmediate(resolve));
}
