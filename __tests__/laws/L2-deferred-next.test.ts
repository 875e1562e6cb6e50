import { describe, expect, it } from '@jest/globals';
import { type Interceptor, createClient, retryTransient } from '../../src/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { courseOf } from './course.js';
import { everyGround } from './grounds.js';

const AT_ONCE = { baseDelayMs: 0 };

describe.each(everyGround())('L2, deferred next, on %s', (_name, open) => {
  it('a retried request carries a fresh token on each attempt', async () => {
    const ground = await open(({ n }) => (n < 3 ? { status: 503 } : { body: '"ok"' }));
    let tokens = 0;
    let left = 0;
    const leftOfRetry: Interceptor = (request, next) => (left++, next(request));
    const fresh: Interceptor = (request, next) =>
      next(request.clone({ headers: request.headers.set('Authorization', `Bearer ${++tokens}`) }));
    const client = ground.client({
      interceptors: [leftOfRetry, retryTransient(AT_ONCE), fresh],
      headers: () => ({ 'X-Read': String(tokens) }),
    });
    expect(await courseOf(client.get('/x'))).toEqual(['value "ok"', 'complete']);
    expect(ground.asked.map(({ header }) => [header('authorization'), header('x-read')])).toEqual([
      ['Bearer 1', '1'],
      ['Bearer 2', '2'],
      ['Bearer 3', '3'],
    ]);
    expect(left).toBe(1);
  });

  it('the factory is asked once for each attempt, with the request as it is after all interceptors (D3)', async () => {
    const ground = await open(({ n }) => (n < 3 ? { status: 503 } : { body: '1' }));
    const made: [number, string | undefined][] = [];
    const factory: typeof ground.factory = {
      make: (request) => (
        made.push([request.attempt, request.headers.get('x-last')]),
        ground.factory.make(request)
      ),
    };
    const last: Interceptor = (request, next) =>
      next(request.clone({ headers: request.headers.set('X-Last', `attempt ${request.attempt}`) }));
    const client = ground.client({ factory, interceptors: [retryTransient(AT_ONCE), last] });
    await courseOf(client.get('/x'));
    expect(made).toEqual([
      [1, 'attempt 1'],
      [2, 'attempt 2'],
      [3, 'attempt 3'],
    ]);
  });
});

it('next may be called late, twice or never: each subscription to what it returned runs all to the right', async () => {
  const fake = fakeFactory(() => answer.status(204));
  let ran = 0;
  const count: Interceptor = (request, next) => (ran++, next(request));
  const early: Interceptor = (request, next) => {
    const rest = next(request);
    rest.subscribe();
    rest.subscribe();
    return rest;
  };
  await courseOf(createClient({ factory: fake, interceptors: [early, count] }).get('http://h/'));
  expect([ran, fake.subscribed]).toEqual([3, 3]);
  await courseOf(
    createClient({ factory: fake, interceptors: [() => answer.status(204), count] }).get(
      'http://h/',
    ),
  );
  expect([ran, fake.subscribed]).toEqual([3, 3]);
});
