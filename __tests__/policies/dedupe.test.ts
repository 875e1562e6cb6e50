import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, of, share, shareReplay, tap, throwError } from 'rxjs';
import {
  type Client,
  type ClientOptions,
  DEDUPE,
  asText,
  contextToken,
  createClient,
  dedupe,
  policy,
  retryTransient,
} from '../../src/index.js';
import { answer, createTestController, fakeFactory } from '../../src/testing/index.js';
import { type LoopbackServer, loopback } from '../support/loopback.js';
import { inVirtualTime, transcribe } from './virtual-time.js';

const BASE = 'https://api.test';

/** A client with `dedupe` over exchanges that are answered by hand. */
function byHand(options: Parameters<typeof dedupe>[0] = {}, more: ClientOptions = {}) {
  const controller = createTestController();
  const shared = dedupe(options);
  const client = createClient({
    baseUrl: BASE,
    factory: controller.factory,
    interceptors: [shared],
    ...more,
  });
  const open = (): number => controller.pending.length;
  return { client, controller, open, shared };
}

describe('identical GETs in flight', () => {
  it('share one exchange, and each gets the full body, in the order they came (G4)', () => {
    const { client, controller } = byHand();
    const order: number[] = [];
    for (const n of [1, 2, 3]) client.get('/x').subscribe(() => order.push(n));
    const told = [transcribe(client.get('/x')), transcribe(client.get('/x').response)];
    controller.expectOne('/x').json(200, { a: 1 });
    controller.verify();
    expect(order).toEqual([1, 2, 3]);
    expect(told[0]?.lines).toEqual(['{"a":1}', 'completed']);
    expect(told[1]?.lines).toHaveLength(2);
  });

  it('are sent again once the exchange has ended: nothing is kept (G5)', () => {
    const { client, controller } = byHand();
    transcribe(client.get('/x'));
    controller.expectOne('/x').json(200, 1);
    transcribe(client.get('/x'));
    controller.expectOne('/x').status(500);
    transcribe(client.get('/x'));
    controller.expectOne('/x').json(200, 3);
  });

  it('go on when the first one leaves, and are closed when the last one does', () => {
    const { client, controller, open } = byHand();
    const [leader, second, third] = [1, 2, 3].map(() => transcribe(client.get('/x')));
    const task = controller.expectOne('/x');
    leader?.subscription.unsubscribe();
    second?.subscription.unsubscribe();
    expect([task.cancelled, open()]).toEqual([false, 1]);
    third?.subscription.unsubscribe();
    expect([task.cancelled, open()]).toEqual([true, 0]);
    transcribe(client.get('/x'));
    expect(open()).toBe(1);
  });

  it('fail together, with the same error', () => {
    const { client, controller } = byHand();
    const told = [transcribe(client.get('/x')), transcribe(client.get('/x'))];
    controller.expectOne('/x').fail('CONNECTION_RESET');
    expect(told.map(({ lines }) => lines)).toEqual(Array(2).fill(['failed CONNECTION_RESET']));
  });

  it('do not end by the signal of one of them', () => {
    const { client, controller } = byHand();
    const abort = new AbortController();
    const first = transcribe(client.get('/x', { signal: abort.signal }));
    const second = transcribe(client.get('/x'));
    abort.abort();
    controller.expectOne('/x').json(200, 1);
    expect([first.lines, second.lines]).toEqual([['failed ABORTED'], ['1', 'completed']]);
  });

  it('over a factory that answers at once are each their own, as one after the other', () => {
    const fake = fakeFactory(() => answer.json(200, 1));
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [dedupe()] });
    const inner: unknown[] = [];
    client.get('/x').subscribe(() => client.get('/x').subscribe((value) => inner.push(value)));
    expect([inner, fake.subscribed]).toEqual([[1], 2]);
  });
});

describe('who joins late', () => {
  it('is told at once where the exchange stands: latest attempt, latest progress, head, body', () => {
    const { client, controller } = byHand();
    const first = transcribe(client.get('/x').events);
    const task = controller.expectOne('/x');
    task.download(1, 10);
    task.chunk('ab');
    task.download(2, 10);
    const loaded: unknown[] = [];
    const late = transcribe(
      client
        .get('/x')
        .events.pipe(tap((event) => event.type === 'download' && loaded.push(event.loaded))),
    );
    expect(loaded).toEqual([2]);
    expect(late.lines).toEqual(['sent 1', 'head 200', 'chunk ab', 'download']);
    task.chunk('cd');
    task.complete();
    expect(late.lines.slice(-2)).toEqual(['chunk cd', 'completed']);
    expect(first.lines.filter((line) => line.startsWith('chunk'))).toEqual([
      'chunk ab',
      'chunk cd',
    ]);
  });

  it('is told of the attempt that is awaited, and not of what has failed', () => {
    inVirtualTime(({ scheduler, flush }) => {
      const fake = fakeFactory({
        '/x': [answer.cutAfter(2, answer.text(200, 'abcd')), answer.text(200, 'abcd')],
      });
      const client = createClient({
        baseUrl: BASE,
        random: () => 0.5,
        factory: fake,
        interceptors: [dedupe(), retryTransient({ baseDelayMs: 100 })],
      });
      const first = transcribe(client.get('/x', { decode: (response) => response.body.length }));
      scheduler.schedule(() => {
        const late = transcribe(client.get('/x', { decode: (response) => response.body.length }));
        scheduler.schedule(() => expect(late.lines).toEqual(['4', 'completed']), 1_000);
      }, 10);
      flush();
      expect([first.lines, fake.attempts]).toEqual([
        ['4', 'completed'],
        [1, 2],
      ]);
    });
  });

  it('gets nothing of the body of an attempt that failed', () => {
    inVirtualTime(({ scheduler, flush }) => {
      const controller = createTestController();
      const client = createClient({
        baseUrl: BASE,
        random: () => 0,
        factory: controller.factory,
        interceptors: [dedupe(), retryTransient({ baseDelayMs: 100 })],
      });
      const text = { decode: asText };
      const first = transcribe(client.get('/x', text));
      const broken = controller.expectOne('/x');
      broken.chunk('ab');
      broken.fail('CONNECTION_RESET');
      scheduler.schedule(() => {
        const late = transcribe(client.get('/x', text));
        const again = controller.expectOne('/x');
        expect(again.attempt).toBe(2);
        again.chunk('cd');
        const later = transcribe(client.get('/x', text));
        again.complete();
        for (const { lines } of [first, late, later]) expect(lines).toEqual(['"cd"', 'completed']);
      }, 1_000);
      flush();
    });
  });

  it('has an exchange of its own once more of the body has come than is kept', () => {
    const { client, controller, open } = byHand({ maxReplayBytes: 4 });
    const first = transcribe(client.get('/x').bytes);
    const task = controller.expectOne('/x');
    task.chunk('1234');
    const joined = transcribe(client.get('/x').bytes);
    task.chunk('5');
    const own = transcribe(client.get('/x').bytes);
    const alike = transcribe(client.get('/x').bytes);
    expect(open()).toBe(2);
    task.complete();
    controller.expectOne('/x').respond(answer.text(200, 'new'));
    expect([first, joined, own, alike].map(({ lines }) => lines.length)).toEqual([3, 3, 2, 2]);
  });

  it('may leave, join and answer from within what it is told', () => {
    const { client, controller } = byHand();
    const first = transcribe(client.get('/x').events);
    const task = controller.expectOne('/x');
    task.chunk('a');
    const lines: string[] = [];
    let inner: ReturnType<typeof transcribe> | undefined;
    client.get('/x').events.subscribe((event) => {
      lines.push(event.type);
      if (event.type !== 'head') return;
      inner = transcribe(client.get('/x').events);
      task.chunk('b');
      task.complete();
    });
    expect(lines).toEqual(['sent', 'head', 'chunk', 'chunk']);
    expect(inner?.lines).toEqual(['sent 1', 'head 200', 'chunk a', 'chunk b', 'completed']);
    expect(first.lines.at(-1)).toBe('completed');
    const { client: other, controller: hand, open } = byHand();
    const leaving = other.get('/x').events.subscribe(() => queueMicrotask(() => undefined));
    hand.expectOne('/x');
    leaving.unsubscribe();
    expect(open()).toBe(0);
  });

  it('counts its own attempts', () => {
    const { client, controller } = byHand();
    transcribe(client.get('/x'));
    const third = client.get('/x').request.clone({ attempt: 3 });
    const told = transcribe(client.request(third).events);
    transcribe(client.get('/x').events);
    const events = controller.match('/x');
    expect(events).toHaveLength(2);
    expect(told.lines).toEqual(['sent 3']);
  });
});

describe('what makes requests differ', () => {
  const TENANT = contextToken('tenant', 'public');
  const apart = (
    client: Client,
    one: Parameters<Client['get']>,
    two: Parameters<Client['get']>,
  ) => {
    transcribe(client.get(...one));
    transcribe(client.get(...two));
  };

  it.each<[string, Parameters<Client['get']>, Parameters<Client['get']>]>([
    ['the URL', ['/x?a=1'], ['/x?a=2']],
    [
      'Authorization',
      ['/x', { headers: { Authorization: 'a' } }],
      ['/x', { headers: { Authorization: 'b' } }],
    ],
    ['any field', ['/x', { headers: { 'X-Page': '1' } }], ['/x', {}]],
    ['the context', ['/x', { context: [TENANT.of('a')] }], ['/x', { context: [TENANT.of('b')] }]],
    ['what is accepted', ['/x', { acceptStatus: () => true }], ['/x']],
    [
      'DEDUPE.of(false)',
      ['/x', { context: [DEDUPE.of(false)] }],
      ['/x', { context: [DEDUPE.of(false)] }],
    ],
  ])('is %s', (_what, one, two) => {
    const { client, open } = byHand();
    apart(client, one, two);
    expect(open()).toBe(2);
  });

  it('is not the order or case of fields, nor context that says the same', () => {
    const { client, open } = byHand();
    apart(
      client,
      ['/x', { headers: { A: '1', B: '2' }, context: [TENANT.of('a')] }],
      ['/x', { headers: { b: '2', a: '1' }, context: [TENANT.of('a')] }],
    );
    expect(open()).toBe(1);
  });

  it('is the method, and only GET and HEAD are shared', () => {
    const { client, open } = byHand();
    for (const send of [client.get, client.head, client.head]) transcribe(send('/x'));
    expect(open()).toBe(2);
    for (const send of [client.post, client.post, client.put]) transcribe(send('/x'));
    expect(open()).toBe(5);
    for (const send of [client.delete, client.options, client.options]) transcribe(send('/x'));
    expect(open()).toBe(8);
  });

  it('is the view: a stream is not made one with a collected body, nor `for await` with anything', async () => {
    const { client, open } = byHand();
    transcribe(client.get('/x'));
    transcribe(client.get('/x').bytes);
    transcribe(client.get('/x').bytes);
    expect(open()).toBe(2);
    const walk = client.get('/x').bytes[Symbol.asyncIterator]();
    void walk.next();
    expect(open()).toBe(3);
    await walk.return?.();
    expect(open()).toBe(2);
  });

  it('are the fields that are named, and credentials all the same', () => {
    const { client, open } = byHand({ headers: ['Accept-Language'] });
    transcribe(client.get('/x', { headers: { 'X-Trace': '1' } }));
    transcribe(client.get('/x', { headers: { 'X-Trace': '2' } }));
    expect(open()).toBe(1);
    transcribe(client.get('/x', { headers: { 'accept-language': 'de' } }));
    expect(open()).toBe(2);
    for (const name of ['Authorization', 'Cookie'])
      transcribe(client.get('/x', { headers: { [name]: 'a' } }));
    expect(open()).toBe(4);
  });

  it('is what `key` says, credentials all the same, and nothing is shared where it says undefined', () => {
    const { client, open } = byHand({
      key: ({ url }) => (url.includes('own') ? undefined : new URL(url).pathname),
    });
    transcribe(client.get('/x?_=1'));
    transcribe(client.get('/x?_=2'));
    expect(open()).toBe(1);
    transcribe(client.get('/x?_=1', { headers: { Authorization: 'a' } }));
    expect(open()).toBe(2);
    transcribe(client.get('/own'));
    transcribe(client.get('/own'));
    expect(open()).toBe(4);
  });

  it('is what stands to the right: two chains that share the value share no exchange', () => {
    const { client, open, shared, controller } = byHand();
    const tagged = policy({
      name: 'tagged',
      intercept: (request, next) =>
        next(request.clone({ headers: request.headers.set('X-Tag', '1') })),
    });
    const other = createClient({
      baseUrl: BASE,
      factory: controller.factory,
      interceptors: [shared, tagged],
    });
    transcribe(client.get('/x'));
    transcribe(other.get('/x'));
    expect(open()).toBe(2);
  });
});

describe('the policy', () => {
  it('shares between tasks in a pipe, and needs the request', () => {
    const controller = createTestController();
    const client = createClient({ baseUrl: BASE, factory: controller.factory });
    const shared = dedupe();
    const told = [1, 2].map(() => transcribe(client.get('/x').pipe(shared)));
    controller.expectOne('/x').json(200, 1);
    expect(told.map(({ lines }) => lines[0])).toEqual(['1', '1']);
    expect(() => of(1).pipe(shared)).toThrow(TypeError);
  });

  it('hands on a bug to all', () => {
    const { client } = byHand();
    const buggy = client.with(() => throwError(() => new RangeError('bug')));
    expect(transcribe(buggy.get('/x')).lines).toEqual(['failed with a bug']);
  });

  it.each([
    ['headers', { headers: 'Accept' }],
    ['key', { key: 'url' }],
    ['maxReplayBytes', { maxReplayBytes: -1 }],
    ['header', { header: [] }],
  ])('names an option that is wrong at creation: %s', (field, options) => {
    expect(() => dedupe(options as never)).toThrow(
      expect.objectContaining({ kind: 'request', field }),
    );
  });
});

describe('RxJS’s own sharing of one task', () => {
  it('makes one exchange of simultaneous subscribers; a late one gets a new one, or the value that was kept (G4, G5)', async () => {
    const fake = fakeFactory(() => answer.json(200, 'v', { delayMs: 1 }));
    const client = createClient({ baseUrl: BASE, factory: fake });
    const task = client.get('/x').pipe(share());
    expect(await Promise.all([firstValueFrom(task), firstValueFrom(task)])).toEqual(['v', 'v']);
    expect(fake.subscribed).toBe(1);
    await firstValueFrom(task);
    expect(fake.subscribed).toBe(2);
    const kept = client.get('/x').pipe(shareReplay({ bufferSize: 1, refCount: true }));
    await lastValueFrom(kept);
    expect([await lastValueFrom(kept), fake.subscribed]).toEqual(['v', 3]);
  });
});

describe('over real sockets', () => {
  let server: LoopbackServer;
  beforeEach(async () => {
    server = await loopback((_request, response) => {
      response.writeHead(200);
      response.write('begun');
    });
  });
  afterEach(() => server.stop());

  it('the server sees one request of three, and its close when the last has left', async () => {
    const client = createClient({ baseUrl: server.url, interceptors: [dedupe()] });
    const all = [1, 2, 3].map(() => client.get('/x').subscribe());
    await server.request(1);
    all[0]?.unsubscribe();
    all[1]?.unsubscribe();
    await server.barrier();
    expect([server.requests.length, server.connections.open]).toEqual([1, 1]);
    all[2]?.unsubscribe();
    await server.closed(1);
    await server.unconnected();
  });
});
