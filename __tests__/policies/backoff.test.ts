import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs } from '../../src/policies/backoff.js';

const CURVE = { baseDelayMs: 300, maxDelayMs: 30_000 };

/** A small generator of our own, so that a seed decides the sample. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('the pause between attempts', () => {
  it('may be as long as the base, and twice as long each time, up to the cap', () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((attempt) =>
      backoffMs(attempt, CURVE, () => 1),
    );
    expect(ceilings).toEqual([300, 600, 1200, 2400, 4800, 9600, 19_200, 30_000, 30_000]);
  });

  it('may be nothing: the jitter is full', () => {
    expect([1, 2, 3].map((attempt) => backoffMs(attempt, CURVE, () => 0))).toEqual([0, 0, 0]);
  });

  it('is spread: the standard deviation of the first is at least a quarter of its mean', () => {
    const random = seeded(7);
    const pauses = Array.from({ length: 5000 }, () => backoffMs(1, CURVE, random));
    const mean = pauses.reduce((sum, pause) => sum + pause, 0) / pauses.length;
    const variance = pauses.reduce((sum, pause) => sum + (pause - mean) ** 2, 0) / pauses.length;
    expect(Math.sqrt(variance) / mean).toBeGreaterThan(0.5);
    expect(mean).toBeGreaterThan(140);
    expect(mean).toBeLessThan(160);
  });

  it('stays in its bounds for every attempt, curve and source of randomness, a broken one included', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: 1, max: 2000 }), fc.constant(Number.MAX_SAFE_INTEGER)),
        fc.double({ min: 0, max: 1e12, noNaN: true }),
        fc.double({ min: 0, max: 1e12, noNaN: true }),
        fc.double(),
        (attempt, baseDelayMs, maxDelayMs, drawn) => {
          const pause = backoffMs(attempt, { baseDelayMs, maxDelayMs }, () => drawn);
          expect(Number.isSafeInteger(pause)).toBe(true);
          expect(pause).toBeGreaterThanOrEqual(0);
          expect(pause).toBeLessThanOrEqual(Math.round(maxDelayMs));
          expect(pause).toBeLessThanOrEqual(
            Math.round(baseDelayMs * 2 ** (attempt - 1)) || maxDelayMs,
          );
        },
      ),
    );
  });

  it('grows with what is drawn', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, one, other) => {
          const [less, more] = [Math.min(one, other), Math.max(one, other)];
          expect(backoffMs(attempt, CURVE, () => less)).toBeLessThanOrEqual(
            backoffMs(attempt, CURVE, () => more),
          );
        },
      ),
    );
  });
});
