import { describe, expect, it } from '@jest/globals';
import { effectServer } from '../support/effect-server.js';
import { faultPlan, seededRandom } from '../support/fault-plan.js';
import { ask } from './plain-client.js';

describe('the fault plan', () => {
  it('gives the same fault for the same seed, request and attempt, and others for another seed', () => {
    const draw = (seed: number): string[] =>
      Array.from({ length: 200 }, (_, i) => faultPlan(seed, 0.5).faultFor(`r${i}`, 1));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('fails about the share asked for, in every way', () => {
    const plan = faultPlan(7, 0.3);
    const drawn = Array.from({ length: 10_000 }, (_, i) => plan.faultFor(`r${i}`, 1));
    const share = drawn.filter((fault) => fault !== 'none').length / drawn.length;
    expect(share).toBeGreaterThan(0.28);
    expect(share).toBeLessThan(0.32);
    expect(new Set(drawn).size).toBe(8);
  });

  it('draws numbers that depend on the seed alone', () => {
    const [a, b] = [seededRandom(3), seededRandom(3)];
    expect([a(), a(), a()]).toEqual([b(), b(), b()]);
  });
});

describe('the effect server', () => {
  it('counts effects, attempts and keys by request', async () => {
    const server = await effectServer(faultPlan(1, 1, ['resetAfter']));
    for (let i = 0; i < 2; i++) {
      await ask(
        server.url,
        { method: 'POST', headers: { 'x-request-id': 'a', 'idempotency-key': `k${i}` } },
        'x',
      ).catch(() => undefined);
    }
    expect([...server.effects]).toEqual([['a', 2]]);
    expect([...server.attempts]).toEqual([['a', 2]]);
    expect([...(server.keys.get('a') ?? [])]).toEqual(['k0', 'k1']);
    expect(server.duplicates()).toBe(1);
    await server.stop();
  });

  it('applies an effect once for one Idempotency-Key when told to honour it', async () => {
    const server = await effectServer(faultPlan(1, 0), { honoursIdempotencyKey: true });
    for (let i = 0; i < 2; i++)
      await ask(
        server.url,
        { method: 'POST', headers: { 'x-request-id': 'a', 'idempotency-key': 'k' } },
        'x',
      );
    expect([...server.effects]).toEqual([['a', 1]]);
    await server.stop();
  });
});
