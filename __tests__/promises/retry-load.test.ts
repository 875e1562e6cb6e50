import { describe, expect, it } from '@jest/globals';
import { VirtualTimeScheduler } from 'rxjs';
import { createClient, retryTransient } from 'coldwire';
import { seededRandom } from '../support/fault-plan.js';
import { recorder } from './recorder.js';

/** Asks so often of a service that answers 503 to all, in virtual time, and counts what arrives. */
function loadOn(
  tasks: number,
  apartMs: number,
  options: Parameters<typeof retryTransient>[0] = {},
): number {
  const factory = recorder(() => ({ status: 503 }));
  const scheduler = new VirtualTimeScheduler();
  const client = createClient({
    factory,
    scheduler,
    random: seededRandom(1),
    interceptors: [retryTransient({ maxAttempts: 4, ...options })],
  });
  for (let i = 0; i < tasks; i++)
    scheduler.schedule(
      () => client.get('http://a.test/').subscribe({ error: () => undefined }),
      i * apartMs,
    );
  scheduler.flush();
  return factory.requests.length;
}

describe('on a dead service', () => {
  it.each([
    [1_000, 0],
    [1_000, 1],
    [1_000, 100],
    [10, 1],
    [1, 0],
  ])('%d tasks, one each %d ms, send at most 1.2 times their number and ten', (tasks, apartMs) => {
    expect(loadOn(tasks, apartMs)).toBeLessThanOrEqual(tasks * 1.2 + 10);
  });

  it('without a budget it is four times the load, which shows that the budget is what holds it', () => {
    expect(loadOn(1_000, 1, { budget: false })).toBe(4_000);
  });
});

describe('the first pause before another attempt', () => {
  it('varies by at least a quarter of its mean', () => {
    const factory = recorder(() => ({ status: 503 }));
    const random = seededRandom(5);
    const pauses: number[] = [];
    for (let i = 0; i < 1_000; i++) {
      const scheduler = new VirtualTimeScheduler();
      const events = createClient({
        factory,
        scheduler,
        random,
        interceptors: [retryTransient({ maxAttempts: 2, budget: false })],
      }).get('http://a.test/').events;
      events.subscribe({
        next: (event) => {
          if (event.type === 'retrying') pauses.push(event.delayMs);
        },
        error: () => undefined,
      });
      scheduler.flush();
    }
    const mean = pauses.reduce((sum, pause) => sum + pause, 0) / pauses.length;
    const deviation = Math.sqrt(
      pauses.reduce((sum, pause) => sum + (pause - mean) ** 2, 0) / pauses.length,
    );
    expect(pauses).toHaveLength(1_000);
    expect(deviation / mean).toBeGreaterThanOrEqual(0.25);
  });
});
