/** What befalls one attempt of one request; `After` means that the server has already done what was asked. */
export type PlannedFault =
  | 'none'
  | 'resetBefore'
  | 'unavailableBefore'
  | 'resetAfter'
  | 'cutInHeadAfter'
  | 'cutInBodyAfter'
  | 'unavailableAfter'
  | 'stallAfter';

export interface FaultPlan {
  readonly seed: number;
  readonly probability: number;
  /** The same answer for the same request and attempt, whoever asks and in whatever order: rivals meet equal luck. */
  faultFor(requestId: string, attempt: number): PlannedFault;
}

const FAULTS: readonly PlannedFault[] = [
  'resetBefore',
  'unavailableBefore',
  'resetAfter',
  'cutInHeadAfter',
  'cutInBodyAfter',
  'unavailableAfter',
  'stallAfter',
];

/** Faults drawn at random from a seed: each attempt fails with this probability, in one of seven ways with equal odds. */
export function faultPlan(
  seed: number,
  probability: number,
  faults: readonly PlannedFault[] = FAULTS,
): FaultPlan {
  return {
    seed,
    probability,
    faultFor: (requestId, attempt) => {
      const random = seededRandom(hash(`${seed}/${requestId}/${attempt}`));
      if (random() >= probability) return 'none';
      return faults[Math.floor(random() * faults.length)] ?? 'none';
    },
  };
}

/** Numbers in [0, 1) that depend on the seed alone. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
