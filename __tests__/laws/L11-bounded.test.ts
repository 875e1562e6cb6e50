import { describe, expect, it } from '@jest/globals';
import {
  type ClientOptions,
  type TaskErrorOf,
  createClient,
  dedupe,
  limitConcurrency,
  retryTransient,
} from '../../src/index.js';
import { answer, createTestController, fakeFactory } from '../../src/testing/index.js';
import { courseOf, errorOf, follow } from './course.js';
import { everyGround } from './grounds.js';

const limits = (given: NonNullable<ClientOptions['limits']>): ClientOptions => ({ limits: given });

describe.each(everyGround())('L11, bounded, on %s', (_name, open) => {
  it('a collected body has a bound, told by its length or counted, and the exchange is closed', async () => {
    const ground = await open(({ path }) =>
      path === '/told'
        ? { body: '"0123456789"' }
        : {
            body: ['"01234', '56789"'],
            ends: 'hang',
            ...(path === '/counted' ? {} : { headers: { 'content-length': '12' } }),
          },
    );
    const client = ground.client(limits({ bufferedBytes: 8 }));
    for (const path of ['/told', '/counted', '/hanging'])
      expect(await errorOf(client.get(path))).toMatchObject({
        kind: 'limit',
        code: 'LIMIT_RESPONSE',
        which: 'response',
        maxBytes: 8,
      });
    await ground.until(() => ground.left >= 2);
  });

  it('a stream has none, unless it is given one', async () => {
    const ground = await open(() => ({ body: '"0123456789"' }));
    expect(await courseOf(ground.client(limits({ bufferedBytes: 8 })).get('/x').bytes)).toEqual([
      'chunk "0123456789"',
      'complete',
    ]);
    expect(
      (await courseOf(ground.client(limits({ streamedBytes: 8 })).get('/x').bytes)).at(-1),
    ).toBe('error limit LIMIT_RESPONSE');
  });

  it('the body of an error is kept up to its bound, and no more of it is waited for', async () => {
    const ground = await open(() => ({
      status: 500,
      headers: { 'content-type': 'text/plain' },
      body: 'x'.repeat(100),
      ends: 'hang',
    }));
    const error = (await errorOf(
      ground.client(limits({ errorBodyBytes: 64 })).get('/x'),
    )) as TaskErrorOf<'status'>;
    expect([error.code, error.response.body.byteLength]).toEqual(['STATUS_500', 64]);
    await ground.until(() => ground.left === 1);
  });

  it('redirects are bounded, and so are attempts', async () => {
    const ground = await open(({ path }) =>
      path === '/loop' ? { status: 302, headers: { location: '/loop' } } : { status: 503 },
    );
    const client = ground.client({
      interceptors: [retryTransient({ maxAttempts: 4, baseDelayMs: 0, budget: false })],
    });
    expect(await errorOf(client.get('/loop'))).toMatchObject({ code: 'REDIRECT_LIMIT', hops: 20 });
    expect(ground.asked).toHaveLength(21);
    expect(((await errorOf(client.get('/busy'))) as TaskErrorOf<'status'>).previous).toHaveLength(
      3,
    );
    expect(ground.asked).toHaveLength(25);
  });

  it('a loop that takes its time holds the answer back rather than memory', async () => {
    const ground = await open(() => ({ body: ['a', 'b', 'c'] }));
    let taken = '';
    for await (const bytes of ground.client().get('/x').bytes)
      taken += new TextDecoder().decode(bytes);
    expect(taken).toBe('abc');
  });
});

describe('L11, bounded', () => {
  it('by default: 100 MB collected, 64 KiB of an error', async () => {
    const huge = answer.status(200, { headers: { 'content-length': '100000001' } });
    expect(
      await errorOf(createClient({ factory: { make: () => huge } }).get('http://h/')),
    ).toMatchObject({ kind: 'limit', maxBytes: 100_000_000 });
    const chatty = answer.bytes(500, new Uint8Array(70_000));
    const error = (await errorOf(
      createClient({ factory: { make: () => chatty } }).get('http://h/'),
    )) as TaskErrorOf<'status'>;
    expect(error.response.body.byteLength).toBe(65_536);
  });

  it('a queue is full at its bound', () => {
    const fake = fakeFactory(() => answer.hang());
    const client = createClient({
      factory: fake,
      interceptors: [limitConcurrency(1, { maxQueued: 2 })],
    });
    const courses = [1, 2, 3, 4].map(() => follow(client.get('http://h/')));
    expect(courses.map(({ lines }) => lines)).toEqual([[], [], [], ['error limit LIMIT_QUEUE']]);
    expect(fake.subscribed).toBe(1);
  });

  it('what is kept for those who join late is bounded: behind it they ask for themselves', () => {
    const controller = createTestController();
    const client = createClient({
      factory: controller.factory,
      interceptors: [dedupe({ maxReplayBytes: 3 })],
    });
    follow(client.get('http://h/').bytes);
    controller.pending[0]!.chunk('ab');
    const joins = follow(client.get('http://h/').bytes);
    controller.pending[0]!.chunk('cdef');
    follow(client.get('http://h/').bytes);
    expect([joins.lines, controller.pending.length]).toEqual([['chunk abcdef'], 2]);
  });

  it('retries are bounded for a whole client by its budget', async () => {
    const fake = fakeFactory(() => answer.status(503));
    const client = createClient({
      factory: fake,
      interceptors: [retryTransient({ baseDelayMs: 0, maxAttempts: 9 })],
    });
    for (let i = 0; i < 100; i++) await courseOf(client.get('http://h/'));
    expect(fake.subscribed).toBeLessThanOrEqual(130);
  });
});
