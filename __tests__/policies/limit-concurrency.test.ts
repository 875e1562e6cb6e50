import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type Observable,
  NEVER,
  defer,
  forkJoin,
  lastValueFrom,
  mergeMap,
  of,
  range,
  throwError,
} from 'rxjs';
import { PRIORITY, createClient, limitConcurrency, retryTransient } from '../../src/index.js';
import { answer, createTestController, fakeFactory } from '../../src/testing/index.js';
import { type LoopbackServer, loopback } from '../support/loopback.js';
import { inVirtualTime, transcribe } from './virtual-time.js';

const BASE = 'https://api.test';

function byHand(maxRunning: number, options = {}) {
  const controller = createTestController();
  const client = createClient({
    baseUrl: BASE,
    factory: controller.factory,
    interceptors: [limitConcurrency(maxRunning, options)],
  });
  const running = (): string[] =>
    controller.pending.map(({ request }) => request.url.slice(BASE.length));
  return { client, controller, running };
}

describe('limitConcurrency', () => {
  it('runs at most so many at once, the others in the order they came', () => {
    const { client, controller, running } = byHand(2);
    const told = [1, 2, 3, 4].map((n) => transcribe(client.get(`/${n}`)));
    expect(running()).toEqual(['/1', '/2']);
    controller.expectOne('/2').json(200, 2);
    expect(running()).toEqual(['/1', '/3']);
    controller.expectOne('/1').status(500);
    controller.expectOne('/3').fail('CONNECTION_RESET');
    expect(running()).toEqual(['/4']);
    controller.expectOne('/4').json(200, 4);
    expect(told.map(({ lines }) => lines.at(-1))).toEqual([
      'failed STATUS_500',
      'completed',
      'failed CONNECTION_RESET',
      'completed',
    ]);
  });

  it('never sends what is unsubscribed while it waits, and gives its place to the next', () => {
    const { client, controller, running } = byHand(1);
    const [first, second, third] = [1, 2, 3].map((n) => transcribe(client.get(`/${n}`)));
    second?.subscription.unsubscribe();
    expect(running()).toEqual(['/1']);
    first?.subscription.unsubscribe();
    expect(running()).toEqual(['/3']);
    third?.subscription.unsubscribe();
    expect(running()).toEqual([]);
    expect(controller.match('/2')).toEqual([]);
    transcribe(client.get('/4'));
    expect(running()).toEqual(['/4']);
  });

  it('serves the higher priority first, and in one priority whoever came first', () => {
    const { client, controller, running } = byHand(1);
    const order = ['0a', '0b', '5a', '-1a', '5b', '9a', '0c'];
    transcribe(client.get('/first'));
    for (const name of order) {
      transcribe(client.get(`/${name}`, { context: [PRIORITY.of(parseInt(name, 10))] }));
    }
    const served: string[] = [];
    controller.expectOne('/first').json(200, 1);
    while (running().length > 0) {
      const [path] = running();
      served.push(String(path).slice(1));
      controller.expectOne(String(path)).json(200, 1);
    }
    expect(served).toEqual(['9a', '5a', '5b', '0a', '0b', '0c', '-1a']);
  });

  it('lets nobody past those who wait, also at the moment a slot is given back', () => {
    const { client, controller, running } = byHand(1);
    client.get('/1').subscribe({ complete: () => transcribe(client.get('/late')) });
    transcribe(client.get('/2'));
    controller.expectOne('/1').json(200, 1);
    expect(running()).toEqual(['/2']);
    client.get('/3').subscribe();
    controller.expectOne('/2').status(500);
    expect(running()).toEqual(['/late']);
  });

  it('refuses what would wait in a full queue, with a typed error, and sends nothing for it', () => {
    const { client, controller, running } = byHand(1, { maxQueued: 1 });
    const told = [1, 2, 3].map((n) => transcribe(client.get(`/${n}`)));
    expect(told.map(({ lines }) => lines)).toEqual([[], [], ['failed LIMIT_QUEUE']]);
    expect(told[2]?.error).toMatchObject({ kind: 'limit', which: 'queue', maxBytes: 1 });
    controller.expectOne('/1').json(200, 1);
    expect(running()).toEqual(['/2']);
    transcribe(client.get('/4'));
    controller.expectOne('/2').json(200, 1);
    expect(running()).toEqual(['/4']);
  });

  it('without a queue runs what finds a slot, also right after one was given back', () => {
    const { client, controller, running } = byHand(1, { maxQueued: 0 });
    client.get('/1').subscribe({ error: () => transcribe(client.get('/2')) });
    expect(transcribe(client.get('/no')).lines).toEqual(['failed LIMIT_QUEUE']);
    controller.expectOne('/1').status(500);
    expect(running()).toEqual(['/2']);
  });

  it('gives a slot back once, however the task ends and whoever leaves meanwhile', () => {
    const { client, controller, running } = byHand(1);
    const subscription = client.get('/1').subscribe({
      complete: () => subscription.unsubscribe(),
    });
    for (const n of [2, 3, 4]) transcribe(client.get(`/${n}`));
    controller.expectOne('/1').json(200, 1);
    subscription.unsubscribe();
    expect(running()).toEqual(['/2']);
    controller.expectOne('/2').json(200, 1);
    expect(running()).toEqual(['/3']);
  });

  it('to the right of a retry lets others run during the back-off', () => {
    inVirtualTime(({ flush }) => {
      const fake = fakeFactory({
        '/flaky': [answer.status(503), answer.json(200, 'a', { delayMs: 5 })],
        '/other': answer.json(200, 'b', { delayMs: 5 }),
      });
      const client = createClient({
        baseUrl: BASE,
        random: () => 0.5,
        factory: fake,
        interceptors: [retryTransient({ baseDelayMs: 1_000 }), limitConcurrency(1)],
      });
      const told = [transcribe(client.get('/flaky')), transcribe(client.get('/other'))];
      const order: number[] = [];
      client.get('/other').subscribe(() => order.push(fake.subscribed));
      flush();
      expect(told.map(({ lines }) => lines.at(-1))).toEqual(['completed', 'completed']);
      expect(order).toEqual([3]);
    });
  });

  it('holds ten thousand tasks that end at once without a deep stack', () => {
    const limit = limitConcurrency(1);
    const first = transcribe(NEVER.pipe(limit));
    let ended = 0;
    for (let n = 0; n < 10_000; n++)
      of(n)
        .pipe(limit)
        .subscribe({ complete: () => ended++ });
    expect(ended).toBe(0);
    first.subscription.unsubscribe();
    expect(ended).toBe(10_000);
  });

  it('holds ten thousand that start each other', () => {
    const limit = limitConcurrency(1);
    let ended = 0;
    const start = (): void => {
      of(1)
        .pipe(limit)
        .subscribe({ complete: () => ++ended < 10_000 && queue.push(start) });
    };
    const queue = [start];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) next();
    expect(ended).toBe(10_000);
  });

  it('works on any Observable in a pipe, and hands its errors on', () => {
    const limit = limitConcurrency(1);
    const blocked = transcribe(NEVER.pipe(limit));
    const told = [of('a'), throwError(() => new RangeError('bug')), of('b')].map((source) =>
      transcribe(source.pipe(limit)),
    );
    expect(told.flatMap(({ lines }) => lines)).toEqual([]);
    blocked.subscription.unsubscribe();
    expect(told.map(({ lines }) => lines)).toEqual([
      ['"a"', 'completed'],
      ['failed with a bug'],
      ['"b"', 'completed'],
    ]);
  });

  it('keeps its bound whatever is started, ended and left, and loses nobody', () => {
    const act = fc.record({
      kind: fc.constantFrom('start', 'start', 'end', 'leave'),
      pick: fc.nat(50),
      priority: fc.integer({ min: -2, max: 2 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(act, { maxLength: 60 }), (max, acts) => {
        const { client, controller, running } = byHand(max);
        const all: { path: string; told: ReturnType<typeof transcribe>; left: boolean }[] = [];
        const waits = () =>
          all.filter(
            ({ path, told, left }) => !left && told.lines.length === 0 && !running().includes(path),
          );
        for (const { kind, pick, priority } of acts) {
          if (kind === 'start') {
            const path = `/${all.length}`;
            const told = transcribe(client.get(path, { context: [PRIORITY.of(priority)] }));
            all.push({ path, told, left: false });
          } else if (kind === 'end') {
            const path = running()[pick % Math.max(1, running().length)];
            if (path !== undefined) controller.expectOne(path).json(200, 1);
          } else {
            const one = all[pick % Math.max(1, all.length)];
            if (one !== undefined && one.told.lines.length === 0) {
              one.left = true;
              one.told.subscription.unsubscribe();
            }
          }
          expect(running().length).toBeLessThanOrEqual(max);
          if (waits().length > 0) expect(running()).toHaveLength(max);
        }
        for (let path = running()[0]; path !== undefined; path = running()[0])
          controller.expectOne(path).json(200, 1);
        for (const { told, left } of all)
          expect(told.lines).toEqual(left ? [] : ['1', 'completed']);
      }),
      { numRuns: 40 },
    );
  });

  it.each<[string, () => unknown]>([
    ['maxRunning', () => limitConcurrency(0)],
    ['maxRunning', () => limitConcurrency(1.5)],
    ['maxRunning', () => limitConcurrency(NaN)],
    ['maxQueued', () => limitConcurrency(1, { maxQueued: -1 })],
    ['queue', () => limitConcurrency(1, { queue: 1 } as never)],
  ])('names the argument that is wrong at creation: %s', (field, make) => {
    expect(make).toThrow(expect.objectContaining({ kind: 'request', field }));
  });

  it('names a priority that is no number', () => {
    const { client } = byHand(1);
    const told = transcribe(client.get('/x', { context: [PRIORITY.of(NaN)] }));
    expect(told.error).toMatchObject({ kind: 'request', field: 'priority' });
  });

  it('hands on what the chain throws, and keeps the slot for the next', () => {
    const limit = limitConcurrency(1);
    const thrown = defer((): Observable<never> => {
      throw new RangeError('bug');
    });
    expect(transcribe(thrown.pipe(limit)).lines).toEqual(['failed with a bug']);
    expect(transcribe(of(1).pipe(limit)).lines).toEqual(['1', 'completed']);
  });
});

describe('limitConcurrency over real sockets', () => {
  let server: LoopbackServer;
  beforeEach(async () => {
    server = await loopback((_request, response) => {
      response.writeHead(200);
      response.write('begun');
    });
  });
  afterEach(() => server.stop());

  it('unsubscribed as a whole closes what runs, and never connects what waits (C13)', async () => {
    const client = createClient({ baseUrl: server.url, interceptors: [limitConcurrency(5)] });
    const all = forkJoin(Array.from({ length: 20 }, (_, n) => client.get(`/${n}`))).subscribe();
    for (let n = 1; n <= 5; n++) await server.request(n);
    all.unsubscribe();
    for (let n = 1; n <= 5; n++) await server.closed(n);
    await server.barrier();
    expect([server.requests.length, server.connections.open]).toEqual([5, 0]);
  });

  it('never has more on the wire than it allows', async () => {
    let most = 0;
    let now = 0;
    const counting = await loopback((request) => {
      most = Math.max(most, ++now);
      return server.barrier().then(() => {
        now--;
        return { json: request.url };
      });
    });
    const client = createClient({ baseUrl: counting.url, interceptors: [limitConcurrency(3)] });
    await lastValueFrom(range(0, 20).pipe(mergeMap((n) => client.get(`/${n}`))));
    expect(most).toBe(3);
    await counting.stop();
  });
});
