import { describe, expect, it } from '@jest/globals';
import { NEVER, VirtualTimeScheduler } from 'rxjs';
import {
  AUTH,
  PRIORITY,
  authenticate,
  bearer,
  createClient,
  deadline,
  limitConcurrency,
  retryTransient,
} from '../../src/index.js';
import {
  answer,
  createTestController,
  expectOutcome,
  fakeFactory,
} from '../../src/testing/index.js';
import { lines } from '../../src/streams/index.js';
import { tell } from '../testing/told.js';

const ended = ['error aborted SCOPE_ENDED'];
const aborted = ['error aborted ABORTED'];

describe('a scope', () => {
  it('ends what is in flight, backing off, queued and waiting for a credential, and nothing is sent afterwards', () => {
    const scheduler = new VirtualTimeScheduler();
    const fake = fakeFactory({
      '/flight': answer.hang(),
      '/busy': answer.status(503),
      '/private': answer.status(401),
      '/*': answer.json(200, 1),
    });
    const auth = authenticate({
      credential: 'old',
      apply: bearer,
      refresh: () => NEVER,
      refreshWithinMs: Infinity,
    });
    const client = createClient({
      baseUrl: 'http://h',
      factory: fake,
      scheduler,
      interceptors: [deadline(60_000), limitConcurrency(3), retryTransient(), auth],
    });
    const scope = client.scope();
    const inside = ['/flight', '/busy', '/private', '/queued'].map((path) => tell(scope.get(path)));
    const outside = tell(client.get('/flight', { context: [AUTH.of(false)] }));
    expect([inside.map(({ lines }) => lines), scope.closed, fake.subscribed]).toEqual([
      [[], [], [], []],
      false,
      3,
    ]);
    scope.unsubscribe();
    scope.unsubscribe();
    expect([inside.map(({ lines }) => lines), scope.closed]).toEqual([
      [ended, ended, ended, ended],
      true,
    ]);
    // The slots are free again, for the one outside.
    expect([outside.lines, fake.active, fake.subscribed]).toEqual([[], 1, 4]);
    outside.unsubscribe();
    scheduler.flush();
    expect([scheduler.frame, fake.subscribed, fake.active]).toEqual([0, 4, 0]);
  });

  it('lets nothing start once it has ended, through its children either', () => {
    const fake = fakeFactory(() => answer.json(200, 1));
    const scope = createClient({ factory: fake }).scope();
    const child = scope.with({ headers: { a: '1' } });
    const task = scope.get('http://h/');
    scope.unsubscribe();
    expect([
      tell(task).lines,
      tell(child.get('http://h/')).lines,
      tell(scope.scope().get('http://h/').bytes).lines,
      fake.subscribed,
    ]).toEqual([ended, ended, ended, 0]);
  });

  it('inside another ends with it, and leaves it alone', () => {
    const controller = createTestController();
    const outer = createClient({ factory: controller.factory }).scope();
    const inner = outer.scope();
    const [first, second] = [tell(outer.get('http://h/outer')), tell(inner.get('http://h/inner'))];
    inner.unsubscribe();
    expect([first.lines, second.lines, outer.closed, inner.closed]).toEqual([
      [],
      ended,
      false,
      true,
    ]);
    const third = tell(outer.scope().get('http://h/third'));
    outer.unsubscribe();
    expect([first.lines, third.lines]).toEqual([ended, ended]);
    expect(controller.match(() => true).map(({ cancelled }) => cancelled)).toEqual([
      true,
      true,
      true,
    ]);
  });

  it.each([
    ['the order they came in', 0],
    ['the order of their priorities', 9],
  ])(
    'lets none of its queued tasks into a slot that it gives back, in %s, and a shared signal neither',
    (_order, priority) => {
      const fake = fakeFactory({ '/flight': answer.hang(), '/*': answer.json(200, 1) });
      const client = createClient({
        baseUrl: 'http://h',
        factory: fake,
        interceptors: [limitConcurrency(1)],
      });
      const scope = client.scope();
      const inside = [
        tell(scope.get('/flight')),
        tell(scope.get('/low')),
        tell(scope.get('/high', { context: [PRIORITY.of(priority)] })),
      ];
      const { signal, abort } = (() => {
        const controller = new AbortController();
        return { signal: controller.signal, abort: () => controller.abort() };
      })();
      const outside = ['/flight', '/queued', '/too'].map((path) =>
        tell(client.get(path, { signal })),
      );
      scope.unsubscribe();
      expect(inside.map(({ lines }) => lines)).toEqual([ended, ended, ended]);
      abort();
      expect(outside.map(({ lines }) => lines)).toEqual([aborted, aborted, aborted]);
      expect(fake.exchanges.map(({ request }) => new URL(request.url).pathname)).toEqual([
        '/flight',
        '/flight',
      ]);
    },
  );

  it('delivers no value whose decoder was still at work', async () => {
    const scope = createClient({ factory: fakeFactory(() => answer.json(200, 1)) }).scope();
    const outcome = expectOutcome(
      scope.get('http://h/', { decode: () => Promise.resolve('late') }),
    );
    scope.unsubscribe();
    expect(await outcome).toMatchObject({ ok: false, values: [], error: { code: 'SCOPE_ENDED' } });
  });

  it('does not wait for a decoder that is at work', () => {
    const scope = createClient({ factory: fakeFactory(() => answer.json(200, 1)) }).scope();
    const task = tell(scope.get('http://h/', { decode: () => new Promise(() => undefined) }));
    scope.unsubscribe();
    expect(task.lines).toEqual(ended);
  });

  it('ends at once what waits in a policy of its own pipe, or holds one: nothing waits on', () => {
    const scheduler = new VirtualTimeScheduler();
    const fake = fakeFactory({ '/busy': answer.status(503), '/hang': answer.hang() });
    const client = createClient({ baseUrl: 'http://h', factory: fake, scheduler });
    const scope = client.scope();
    const one = limitConcurrency(1);
    const outside = tell(client.get('/hang').pipe(one));
    const told = [
      tell(scope.get('/busy').pipe(retryTransient())),
      tell(scope.get('/busy').with(retryTransient()).response),
      tell(scope.get('/busy').bytes.pipe(retryTransient(), lines())),
      tell(scope.get('/hang').pipe(one)),
    ];
    scope.unsubscribe();
    expect(told.map(({ lines: said }) => said)).toEqual([ended, ended, ended, ended]);
    outside.unsubscribe();
    scheduler.flush();
    expect([scheduler.frame, fake.subscribed, fake.active]).toEqual([0, 4, 0]);
  });

  it('keeps nothing of a task that is over', () => {
    const scope = createClient({
      factory: fakeFactory({
        '/ok': answer.json(200, 1),
        '/no': answer.status(404),
        '/hang': answer.hang(),
      }),
    }).scope();
    const done = ['/ok', '/no'].map((path) => tell(scope.get(`http://h${path}`)));
    const left = tell(scope.get('http://h/hang'));
    left.unsubscribe();
    scope.unsubscribe();
    expect([...done, left].map(({ lines }) => lines)).toEqual([
      ['1', 'complete'],
      ['error status STATUS_404'],
      [],
    ]);
  });

  it('may be ended from inside a task, and a task may be started while it ends', () => {
    const scope = createClient({ factory: fakeFactory(() => answer.hang()) }).scope();
    const late: string[][] = [];
    const first = scope
      .get('http://h/')
      .subscribe({ error: () => late.push(tell(scope.get('http://h/')).lines) });
    const second = tell(scope.get('http://h/'));
    scope.unsubscribe();
    expect([first.closed, second.lines, late]).toEqual([true, ended, [ended]]);
  });
});
