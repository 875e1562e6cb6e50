import { describe, expect, it } from '@jest/globals';
import { Subject, of } from 'rxjs';
import {
  authenticate,
  bearer,
  createClient,
  deadline,
  dedupe,
  limitConcurrency,
  retryTransient,
} from '../../src/index.js';
import { answer, createTestController, fakeFactory } from '../../src/testing/index.js';
import { inVirtualTime, transcribe } from '../policies/virtual-time.js';
import { BASE, guarded, tokenOf } from './guarded.js';
import { tell } from './told.js';

const isNew = (token: string | undefined): boolean => token === 'new';

describe('authenticate among the others', () => {
  it('to the right of a retry gives each attempt the token of its time (L2)', () => {
    inVirtualTime(({ flush }) => {
      let serial = 0;
      const fake = fakeFactory({
        '/': [answer.status(503), answer.status(503), answer.json(200, 1)],
      });
      const auth = authenticate({
        credential: 0,
        apply: (request, token) => bearer(request, `t${token}`),
        refresh: () => of(++serial),
        requiresRefresh: () => true,
      });
      const client = createClient({
        baseUrl: BASE,
        factory: fake,
        random: () => 0.5,
        interceptors: [retryTransient(), auth],
      });
      const told = tell(client.get('/'));
      flush();
      expect(told.end).toBe('complete');
      expect(fake.exchanges.map(({ request }) => tokenOf(request))).toEqual(['t1', 't2', 't3']);
      expect(fake.attempts).toEqual([1, 2, 3]);
    });
  });

  it('numbers its second try behind those of a retry to its right, and is numbered by one to its left', () => {
    inVirtualTime(({ flush }) => {
      const fake = fakeFactory({
        '/': [answer.status(503), answer.status(401), answer.status(503), answer.json(200, 1)],
      });
      const client = createClient({
        baseUrl: BASE,
        factory: fake,
        random: () => 0.5,
        interceptors: [
          retryTransient({ maxAttempts: 2 }),
          authenticate({ credential: 'old', apply: bearer, refresh: () => of('new') }),
          retryTransient({ maxAttempts: 2 }),
        ],
      });
      const told = transcribe(client.get('/').events);
      flush();
      const sent = told.lines.filter((line) => line.startsWith('sent'));
      expect(sent).toEqual(['sent 1', 'sent 2', 'sent 3', 'sent 4']);
      expect(fake.attempts).toEqual([1, 2, 3, 4]);
      expect(told.lines.at(-1)).toBe('completed');
    });
  });

  it('to the right of a deadline is under it while it waits, and the others’ refresh goes on', () => {
    inVirtualTime(({ scheduler, flush }) => {
      const renewed = new Subject<string>();
      const auth = authenticate({ credential: 'old', apply: bearer, refresh: () => renewed });
      const client = createClient({ baseUrl: BASE, factory: guarded(isNew), interceptors: [auth] });
      const impatient = tell(client.get('/').pipe(deadline(100)));
      const patient = tell(client.get('/').pipe(deadline(10_000)));
      scheduler.schedule(() => renewed.next('new'), 500);
      flush();
      expect(impatient.error).toMatchObject({ kind: 'timeout', phase: 'total', afterMs: 100 });
      expect([patient.values, patient.end]).toEqual([['new'], 'complete']);
    });
  });

  it('to the left of a limit gives its slot back before it asks for another, and holds none in the wait', () => {
    const renewed = new Subject<string>();
    const controller = createTestController();
    const client = createClient({
      baseUrl: BASE,
      factory: controller.factory,
      interceptors: [
        authenticate({ credential: 'old', apply: bearer, refresh: () => renewed }),
        limitConcurrency(1, { maxQueued: 0 }),
      ],
    });
    const told = tell(client.get('/'));
    controller.expectOne('/').status(401);
    const free = tell(client.with().get('/free', { headers: { Authorization: 'own' } }));
    controller.expectOne('/free').json(200, 'free');
    renewed.next('new');
    controller.expectOne('/').json(200, 'ok');
    expect([free.values, told.values]).toEqual([['free'], ['ok']]);
  });

  it('inside dedupe is asked once for identical requests, outside by each', () => {
    for (const isInside of [true, false]) {
      let refreshes = 0;
      const fake = fakeFactory((request) =>
        isNew(tokenOf(request)) ? answer.hang() : answer.status(401),
      );
      const auth = authenticate({
        credential: 'old',
        apply: bearer,
        refresh: () => {
          refreshes++;
          return of('new');
        },
      });
      const client = createClient({
        baseUrl: BASE,
        factory: fake,
        interceptors: isInside ? [dedupe(), auth] : [auth, dedupe()],
      });
      const all = [tell(client.get('/')), tell(client.get('/'))];
      expect([refreshes, fake.active]).toEqual([1, 1]);
      for (const told of all) told.leave();
      expect(fake.active).toBe(0);
    }
  });
});

describe('header providers', () => {
  it('are read for each attempt: what changed after the client was made is sent (E8)', () => {
    inVirtualTime(({ flush }) => {
      let version = 0;
      const fake = fakeFactory({ '/': [answer.status(503), answer.json(200, 1)] });
      const client = createClient({
        baseUrl: BASE,
        factory: fake,
        random: () => 0.5,
        headers: () => ({ 'X-Version': `v${++version}` }),
        interceptors: [retryTransient()],
      });
      version = 10;
      const told = tell(client.get('/'));
      flush();
      expect(told.end).toBe('complete');
      const sent = fake.exchanges.map(({ request }) => request.headers.get('x-version'));
      expect(sent).toEqual(['v11', 'v12']);
    });
  });

  it('that give Authorization are overruled by what authenticate put on', () => {
    const fake = guarded(() => true);
    const client = createClient({
      baseUrl: BASE,
      factory: fake,
      headers: () => ({ Authorization: 'Bearer default' }),
      interceptors: [authenticate({ credential: 'mine', apply: bearer })],
    });
    expect(tell(client.get('/')).values).toEqual(['mine']);
  });
});
