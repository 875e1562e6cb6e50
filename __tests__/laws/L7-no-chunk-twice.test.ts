import { describe, expect, it } from '@jest/globals';
import { authenticate, bearer, retryTransient } from '../../src/index.js';
import { courseOf } from './course.js';
import { everyGround } from './grounds.js';

const retry = retryTransient({ baseDelayMs: 0, maxAttempts: 3, budget: false });

describe.each(everyGround())('L7, no chunk twice, on %s', (_name, open) => {
  it('once a chunk was delivered nobody asks again', async () => {
    const ground = await open(() => ({ body: ['ab', 'c'], ends: 'cut' }));
    const client = ground.client({ interceptors: [retry] });
    expect(await courseOf(client.get('/x').bytes)).toEqual([
      'chunk abc',
      'error network BODY_TRUNCATED',
    ]);
    expect(ground.asked).toHaveLength(1);
    expect(await courseOf(client.get('/x').events)).toEqual([
      'sent 1',
      'head 200',
      'chunk abc',
      'error network BODY_TRUNCATED',
    ]);
    expect(ground.asked).toHaveLength(2);
  });

  it('before the first chunk a stream is asked for again', async () => {
    const ground = await open(({ n }) => (n < 3 ? { ends: 'reset' } : { body: 'abc' }));
    expect(await courseOf(ground.client({ interceptors: [retry] }).get('/x').bytes)).toEqual([
      'chunk abc',
      'complete',
    ]);
    expect(ground.asked).toHaveLength(3);
  });

  it('a body that is collected is asked for again in the middle, and holds no byte of the broken attempt', async () => {
    const ground = await open(({ n }) =>
      n < 3 ? { body: '["old"', ends: 'cut' } : { body: '["new"]' },
    );
    const client = ground.client({ interceptors: [retry] });
    expect(await courseOf(client.get('/x'))).toEqual(['value ["new"]', 'complete']);
    expect(ground.asked).toHaveLength(3);
  });

  it('a renewed credential cannot start a stream over', async () => {
    const ground = await open(({ header }) =>
      header('authorization') === 'Bearer new' ? { body: 'abc', ends: 'cut' } : { status: 401 },
    );
    const auth = authenticate({ credential: 'old', apply: bearer, refresh: () => ['new'] });
    expect(await courseOf(ground.client({ interceptors: [retry, auth] }).get('/x').bytes)).toEqual([
      'chunk abc',
      'error network BODY_TRUNCATED',
    ]);
    expect(ground.asked).toHaveLength(2);
  });
});
