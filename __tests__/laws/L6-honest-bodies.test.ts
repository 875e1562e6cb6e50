import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Observable } from 'rxjs';
import { type ByteSource, authenticate, bearer, retryTransient } from '../../src/index.js';
import { courseOf } from './course.js';
import { everyGround } from './grounds.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
async function* generated(): AsyncGenerator<Uint8Array> {
  yield bytes('one ');
  yield bytes('two');
}
const sources: Readonly<Record<string, () => ByteSource>> = {
  'a generator': generated,
  'a ReadableStream': () => new Blob(['one ', 'two']).stream(),
  'a Node stream': () => Readable.from([bytes('one '), bytes('two')]),
  'an Observable': () =>
    new Observable<Uint8Array>((subscriber) => {
      subscriber.next(bytes('one '));
      subscriber.next(bytes('two'));
      subscriber.complete();
    }),
};
const retry = retryTransient({ baseDelayMs: 0, unsafe: true, budget: false });

describe.each(everyGround())('L6, honest bodies, on %s', (_name, open) => {
  it.each(Object.entries(sources))(
    'a recipe of %s is opened once per attempt, and sent in full each time (A18, A19)',
    async (_what, make) => {
      let opened = 0;
      const ground = await open(({ n }) => (n < 3 ? { status: 503 } : { body: '"ok"' }));
      const task = ground.client({ interceptors: [retry] }).put('/x', () => (opened++, make()));
      expect(opened).toBe(0);
      expect(await courseOf(task)).toEqual(['value "ok"', 'complete']);
      expect([opened, ground.asked.map(({ body }) => body)]).toEqual([
        3,
        ['one two', 'one two', 'one two'],
      ]);
    },
  );

  it('a value is sent again as it was', async () => {
    const ground = await open(({ n }) => (n < 2 ? { status: 503 } : { body: '"ok"' }));
    await courseOf(ground.client({ interceptors: [retry] }).put('/x', { a: 1 }));
    expect(ground.asked.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}']);
  });

  it.each(Object.entries(sources))(
    '%s itself is sent once and never again, by retry, redirect, renewal or subscribing twice (A19)',
    async (_what, make) => {
      const ground = await open(({ path, n }) => {
        if (path === '/moved') return { status: 307, headers: { location: '/end' } };
        if (path === '/private') return { status: 401 };
        return n === 1 ? { status: 503 } : { body: '"ok"' };
      });
      const client = ground.client();
      expect(await courseOf(client.with(retry).put('/flaky', make()))).toEqual([
        expect.stringMatching(/^error (status STATUS_503|request BODY_NOT_REPLAYABLE)$/),
      ]);
      expect(await courseOf(client.put('/moved', make()))).toEqual([
        'error request BODY_NOT_REPLAYABLE',
      ]);
      const auth = authenticate({ credential: 'old', apply: bearer, refresh: () => ['new'] });
      expect(await courseOf(client.with(auth).put('/private', make()))).toEqual([
        expect.stringMatching(/^error (status STATUS_401|request BODY_NOT_REPLAYABLE)$/),
      ]);
      const twice = client.put('/twice', make());
      expect(await courseOf(twice)).toEqual(['value "ok"', 'complete']);
      expect(await courseOf(twice)).toEqual(['error request BODY_NOT_REPLAYABLE']);
      const whole = ground.asked.filter(({ body }) => body !== 'one two');
      expect([whole, ground.asked.map(({ path }) => path)]).toEqual([
        [],
        ['/flaky', '/moved', '/private', '/twice'],
      ]);
    },
  );

  it('a redirect that asks for the body again gets it, one that asks for a GET gets none', async () => {
    const ground = await open(({ path }) =>
      path === '/end'
        ? { body: '1' }
        : { status: Number(path.slice(1)), headers: { location: '/end' } },
    );
    for (const status of [307, 308, 301, 302, 303])
      await courseOf(ground.client().post(`/${status}`, generated));
    expect(
      ground.asked
        .filter(({ path }) => path === '/end')
        .map(({ method, body }) => `${method} ${body}`),
    ).toEqual(['POST one two', 'POST one two', 'GET ', 'GET ', 'GET ']);
  });

  it('a source is let go when its task is left', async () => {
    let released = false;
    const endless = () =>
      new Observable<Uint8Array>((subscriber) => {
        subscriber.next(bytes('start'));
        return () => (released = true);
      });
    const ground = await open(() => ({ body: '1' }));
    const subscription = ground.client().put('/x', endless).subscribe();
    await Promise.resolve();
    subscription.unsubscribe();
    expect(released || ground.asked.length === 0).toBe(true);
    expect(await courseOf(ground.client().get('/next'))).toEqual(['value 1', 'complete']);
    expect(ground.asked.filter(({ path }) => path === '/x')).toEqual([]);
  });
});
