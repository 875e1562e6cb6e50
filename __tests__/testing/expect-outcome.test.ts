import { describe, expect, it } from '@jest/globals';
import { EMPTY, NEVER, VirtualTimeScheduler, concat, of, throwError } from 'rxjs';
import { createClient } from '../../src/index.js';
import { answer, expectOutcome, fakeFactory } from '../../src/testing/index.js';

describe('expectOutcome', () => {
  it('tells the values of what completed', async () => {
    expect(await expectOutcome(of(1, 2))).toEqual({ ok: true, values: [1, 2] });
  });

  it('tells the error, and the values before it', async () => {
    expect(
      await expectOutcome(
        concat(
          of(1),
          throwError(() => 'no'),
        ),
      ),
    ).toEqual({ ok: false, error: 'no', values: [1] });
  });

  it('fails when neither value nor error arrives (D7)', async () => {
    await expect(expectOutcome(EMPTY)).rejects.toThrow(
      'Neither value nor error: it completed empty',
    );
  });

  it('fails when the end does not come in time, names the request and cancels it (D7)', async () => {
    const scheduler = new VirtualTimeScheduler();
    const fake = fakeFactory(() => answer.hang());
    const outcome = expectOutcome(createClient({ factory: fake }).get('http://t/slow'), {
      withinMs: 5000,
      scheduler,
    });
    expect(fake.active).toBe(1);
    scheduler.flush();
    await expect(outcome).rejects.toThrow(
      'No outcome of GET http://t/slow within 5000 ms; values so far: 0',
    );
    expect([scheduler.now(), fake.cancelled]).toEqual([5000, 1]);
  });

  it('leaves no timer behind', async () => {
    const scheduler = new VirtualTimeScheduler();
    await expectOutcome(of(1), { scheduler });
    await expectOutcome(
      throwError(() => 1),
      { scheduler },
    );
    await expectOutcome(EMPTY, { scheduler }).catch(() => undefined);
    scheduler.flush();
    expect(scheduler.now()).toBe(0);
    await expect(
      Promise.race([expectOutcome(NEVER, { scheduler, withinMs: 7 }), Promise.resolve('waiting')]),
    ).resolves.toBe('waiting');
    expect(() => scheduler.flush()).not.toThrow();
  });
});
