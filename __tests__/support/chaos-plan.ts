import { seededRandom } from './fault-plan.js';

/**
 * What befalls one request on its way: both sides are closed (`cut`) or reset, nothing moves any more on an open
 * connection (`stall`), or the rest is swallowed and the receiving side sees an end in order (`truncate`).
 */
export type ChaosFault = 'cut' | 'reset' | 'stall' | 'truncate';

export interface PlannedChaos {
  readonly fault: ChaosFault;
  /** Whether it strikes what the client sends, or what the server answers. */
  readonly strikes: 'request' | 'response';
  /** Where in the message, from 0 (before its first byte) to below 1. */
  readonly at: number;
}

export interface ChaosPlan {
  /** What befalls the `n`th request (from 1) of this name; the same whoever asks and whenever. */
  chaosFor(name: string, n: number, hasBody: boolean): PlannedChaos | undefined;
}

const FAULTS: readonly ChaosFault[] = ['cut', 'reset', 'stall', 'truncate'];

/** Faults drawn from a seed: each request is struck with this probability, at any point of what it moves. */
export function chaosPlan(
  seed: number,
  probability: number,
  faults: readonly ChaosFault[] = FAULTS,
): ChaosPlan {
  return {
    chaosFor: (name, n, hasBody) => {
      const random = seededRandom(hash(`${seed}/${name}/${n}`));
      if (random() >= probability) return undefined;
      const fault = faults[Math.floor(random() * faults.length)] ?? 'cut';
      const strikes = random() < (hasBody ? 0.75 : 0.15) ? 'request' : 'response';
      return { fault, strikes, at: random() };
    },
  };
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
