import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  RETRY,
  RETRY_BUDGET,
  type RetryOptions,
  retryBudget,
  retryTransient,
} from '../../src/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { AT_ONCE, flaky, over } from './flaky.js';
import { inVirtualTime, transcribe } from './virtual-time.js';

const DEAD = () => flaky(503);

/** Sends tasks over one client, `perRound` at a time, and tells what the server saw. */
function offered(
  tasks: number,
  perRound: number,
  options: RetryOptions,
  client = (fake: ReturnType<typeof DEAD>) =>
    over(fake, { interceptors: [retryTransient({ ...AT_ONCE, ...options })] }),
): number {
  const fake = DEAD();
  inVirtualTime(({ flush }) => {
    const one = client(fake);
    for (let sent = 0; sent < tasks; sent += perRound) {
      for (let index = 0; index < perRound; index++) transcribe(one.get('/'));
      flush();
    }
  });
  return fake.subscribed;
}

describe('the retry budget of a client', () => {
  it.each([1, 10, 1000])(
    'lets a dead service see at most 1.2 times the offered load plus 10: 1000 tasks, %d at once (PEERS 12)',
    (perRound) => {
      const seen = offered(1000, perRound, { maxAttempts: 3 });
      expect(seen).toBeGreaterThanOrEqual(1000);
      expect(seen).toBeLessThanOrEqual(1.2 * 1000 + 10);
    },
  );

  it('lets the minimum pass whatever the ratio, and nothing more where the ratio is 0', () => {
    expect(offered(100, 10, { budget: { ratio: 0 } })).toBe(110);
    expect(offered(100, 10, { budget: { ratio: 0, minimum: 3 } })).toBe(103);
  });

  it('lets what the ratio says pass', () => {
    expect(offered(100, 1, { budget: { ratio: 0.5, minimum: 0 } })).toBe(150);
  });

  it('is none when it is false: three times the load', () => {
    expect(offered(100, 10, { budget: false })).toBe(300);
  });

  it('is given up with the error of the attempt, at once', () => {
    inVirtualTime(({ flush, scheduler }) => {
      const { lines } = transcribe(
        over(DEAD())
          .get('/')
          .pipe(retryTransient({ budget: { ratio: 0, minimum: 0 } })),
      );
      expect(lines).toEqual(['failed STATUS_503']);
      flush();
      expect(scheduler.now()).toBe(0);
    });
  });

  it('takes the attempts of a retry further out for what they are: no new load', () => {
    const inner = retryTransient({
      ...AT_ONCE,
      maxAttempts: 3,
      budget: { ratio: 0.5, minimum: 0 },
    });
    const outer = retryTransient({ ...AT_ONCE, maxAttempts: 3, budget: false });
    const seen = offered(100, 1, {}, (fake) => over(fake, { interceptors: [outer, inner] }));
    expect(seen).toBe(3 * 100 + 0.5 * 100);
  });

  it('may be shared by policies and clients through the context', () => {
    const budget = retryBudget({ ratio: 0, minimum: 5 });
    inVirtualTime(({ flush }) => {
      const fakes = [DEAD(), DEAD()];
      for (const fake of fakes)
        transcribe(
          over(fake, { context: [RETRY_BUDGET.of(budget)] })
            .get('/')
            .pipe(retryTransient({ ...AT_ONCE, maxAttempts: 5 })),
        );
      flush();
      expect(fakes.reduce((sum, { subscribed }) => sum + subscribed, 0)).toBe(2 + 5);
    });
  });

  it('is lifted for one request by RETRY', () => {
    inVirtualTime(({ flush }) => {
      const fake = DEAD();
      const client = over(fake, {
        interceptors: [retryTransient({ ...AT_ONCE, budget: { ratio: 0, minimum: 0 } })],
      });
      transcribe(client.get('/', { context: [RETRY.of({ budget: false })] }));
      flush();
      expect(fake.subscribed).toBe(3);
    });
  });

  it('fills up again when answers are good, so that a server that stumbles is asked again', () => {
    inVirtualTime(({ flush }) => {
      let up = false;
      const fake = fakeFactory(() => answer.status(up ? 204 : 503));
      const client = over(fake, {
        interceptors: [
          retryTransient({ ...AT_ONCE, maxAttempts: 2, budget: { ratio: 0, minimum: 2 } }),
        ],
      });
      const round = (): number => {
        const before = fake.subscribed;
        for (let index = 0; index < 4; index++) transcribe(client.get('/'));
        flush();
        return fake.subscribed - before;
      };
      const dead = [round(), round()];
      up = true;
      const good = round();
      up = false;
      expect([dead, good, round()]).toEqual([[6, 4], 4, 6]);
    });
  });

  it('never gives more than it was promised, for any order of tasks, successes and retries', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('offer', 'succeed', 'spend'), { maxLength: 400 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 20 }),
        (steps, ratio, minimum) => {
          const budget = retryBudget({ ratio, minimum });
          const count = { offer: 0, succeed: 0, spend: 0 };
          for (const step of steps) {
            if (step !== 'spend') budget[step]();
            if (step !== 'spend' || budget.spend()) count[step]++;
          }
          expect(count.spend).toBeLessThanOrEqual(
            minimum + ratio * count.offer + count.succeed + 1e-6,
          );
        },
      ),
    );
  });

  it('never saves up more than its minimum: the good days of the past are no leave to bury a dead service', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 20 }),
        (goodDays, minimum) => {
          const budget = retryBudget({ minimum });
          for (let day = 0; day < goodDays; day++) {
            budget.offer();
            budget.succeed();
          }
          let spent = 0;
          while (budget.spend()) spent++;
          expect(spent).toBe(minimum);
        },
      ),
    );
  });
});
