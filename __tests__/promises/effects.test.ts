import { afterEach, describe, expect, it } from '@jest/globals';
import { catchError, forkJoin, map, of } from 'rxjs';
import { type Client, createClient, deadline, retryTransient } from 'coldwire';
import {
  type EffectServer,
  type EffectServerOptions,
  effectServer,
} from '../support/effect-server.js';
import { faultPlan, type PlannedFault } from '../support/fault-plan.js';
import { outcomeOf } from './outcome.js';

const REQUESTS = 300;
/** Silence is left out: a test waits on no real clock. The chaos run in bench/ has it. */
const FAULTS: readonly PlannedFault[] = [
  'resetBefore',
  'unavailableBefore',
  'resetAfter',
  'cutInHeadAfter',
  'cutInBodyAfter',
  'unavailableAfter',
];

describe('under random faults', () => {
  let server: EffectServer;
  const start = async (probability: number, options?: EffectServerOptions): Promise<void> => {
    server = await effectServer(faultPlan(20_26, probability, FAULTS), options);
  };
  afterEach(() => server.stop());

  const client = (unsafe = false): Client =>
    createClient({
      baseUrl: server.url,
      interceptors: [
        retryTransient({ maxAttempts: 5, baseDelayMs: 1, unsafe, budget: false }),
        deadline(10_000),
      ],
    });

  /** How many of the requests ended with their own answer. */
  const run = async (using: Client, method: string): Promise<number> => {
    const tasks = Array.from({ length: REQUESTS }, (_, i) => {
      const id = `${method}-${String(i)}`;
      return using
        .request<{ id: string }>({
          method,
          url: `/${id}`,
          headers: { 'x-request-id': id },
          ...(method === 'GET' ? {} : { body: { id } }),
        })
        .pipe(
          map((answer) => answer.id === id),
          catchError(() => of(false)),
        );
    });
    const ended = await outcomeOf(forkJoin(tasks));
    return (ended.values[0] ?? []).filter(Boolean).length;
  };

  it.each([0.1, 0.2, 0.3])(
    'of %d, no effect of a POST or a PATCH is applied twice',
    async (probability) => {
      await start(probability);
      await run(client(), 'POST');
      await run(client(), 'PATCH');
      expect(server.duplicates()).toBe(0);
      expect([...server.attempts.values()].every((attempts) => attempts === 1)).toBe(true);
    },
  );

  it('of 0.3, at least 99 % of GET and of PUT succeed with four retries and no budget', async () => {
    await start(0.3);
    expect(await run(client(), 'GET')).toBeGreaterThanOrEqual(REQUESTS * 0.99);
    expect(await run(client(), 'PUT')).toBeGreaterThanOrEqual(REQUESTS * 0.99);
  });

  it('of 0.3, at least 99 % of POST with an Idempotency-Key succeed, once each and with one key on all attempts', async () => {
    await start(0.3, { honoursIdempotencyKey: true });
    expect(await run(client(true), 'POST')).toBeGreaterThanOrEqual(REQUESTS * 0.99);
    expect(server.duplicates()).toBe(0);
    expect(server.effects.size).toBeGreaterThanOrEqual(REQUESTS * 0.99);
    expect([...server.keys.values()].every((keys) => keys.size === 1)).toBe(true);
    expect(new Set([...server.keys.values()].flatMap((keys) => [...keys])).size).toBe(
      server.keys.size,
    );
    expect(Math.max(...server.attempts.values())).toBeGreaterThan(1);
  });
});
