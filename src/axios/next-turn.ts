import { setImmediate } from 'node:timers';

/**
 * Calls back in the next turn of the event loop, once what is ready on other sockets was served. It is no clock: nothing
 * waits for a time here. A transfer takes a turn now and then because garbage collectors clear chunks away between turns:
 * without it, a fast peer fills the memory with chunks that nobody holds any more.
 */
export function nextTurn(callback: () => void): void {
  setImmediate(callback);
}
