import { describe, expect, it } from '@jest/globals';
import { EMPTY, NEVER, Observable, Subject, firstValueFrom, mergeMap, of, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { AUTH, type Client, authenticate, bearer, createClient, policy } from '../../src/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { BASE, guarded, tokenOf } from './guarded.js';
import { tell } from './told.js';

const isNew = (token: string | undefined): boolean => token?.startsWith('new') === true;

function inVirtualTime(test: (helpers: { at: (ms: number, act: () => void) => void }) => void) {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  scheduler.run(() => {
    test({ at: (ms, act) => scheduler.schedule(act, ms) });
  });
}

describe('a refresh that fails', () => {
  it('fails all who wait, each once, with the cause and the 401, and is not repeated', () => {
    const refused = new Subject<string>();
    let refreshes = 0;
    const auth = authenticate({
      credential: 'old',
      apply: bearer,
      refresh: () => (refreshes++, refused),
    });
    const fake = guarded(() => false);
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
    const waiting = Array.from({ length: 10 }, (_, n) => tell(client.get(`/${n}`)));
    const cause = new Error('gone');
    refused.error(cause);
    const late = tell(client.get('/late'));
    for (const { error, values } of [...waiting, late]) {
      expect(error).toMatchObject({ kind: 'auth', code: 'AUTH_REFRESH_FAILED', cause });
      expect(values).toEqual([]);
    }
    const previous = [...waiting, late].map(({ error }) => error?.previous.map(({ code }) => code));
    // Only the first and the last were sent: the others began while it was known that it would not help.
    expect(previous).toEqual([['STATUS_401'], ...Array(9).fill([]), ['STATUS_401']]);
    expect(waiting.map(({ error }) => error?.request?.url)).toEqual(
      waiting.map((_, n) => `${BASE}/${n}`),
    );
    expect(refreshes).toBe(1);
  });

  it('leaves requests alone that succeed with the credential it was for', () => {
    const auth = authenticate({
      credential: 'old',
      apply: bearer,
      refresh: () => throwError(() => 'no'),
    });
    const fake = fakeFactory({ '/refused': answer.status(401), '/open': answer.json(200, 'fine') });
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
    expect(tell(client.get('/refused')).end).toBe('AUTH_REFRESH_FAILED');
    expect(tell(client.get('/open')).values).toEqual(['fine']);
  });

  it.each([
    ['completes without a credential', () => EMPTY],
    ['gives null', () => of(null)],
    ['gives undefined', () => of(undefined)],
    [
      'throws',
      () => {
        throw new Error('at once');
      },
    ],
    ['returns nothing that can be subscribed', () => 7],
  ])('is one that %s', (_how, refresh) => {
    const auth = authenticate({ credential: 'old', apply: bearer, refresh: refresh as never });
    const fake = guarded(() => false);
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
    const told = tell(client.get('/'));
    expect(told.error).toMatchObject({ kind: 'auth', code: 'AUTH_REFRESH_FAILED' });
    expect(told.error?.cause).toBeInstanceOf(Error);
  });

  it('is repeated for a later request where mayRefreshAgain says so', () => {
    const answers = [throwError(() => new Error('no network')), of('new')];
    const auth = authenticate({
      credential: 'old',
      apply: bearer,
      refresh: () => answers.shift() ?? EMPTY,
      mayRefreshAgain: (cause) => cause instanceof Error && cause.message === 'no network',
    });
    const client = createClient({ baseUrl: BASE, factory: guarded(isNew), interceptors: [auth] });
    expect(tell(client.get('/')).end).toBe('AUTH_REFRESH_FAILED');
    expect(tell(client.get('/')).values).toEqual(['new']);
  });

  it('is one that takes longer than refreshWithinMs, and leaves no timer', () => {
    inVirtualTime(({ at }) => {
      let left = 0;
      const auth = authenticate({
        credential: 'old',
        apply: bearer,
        refresh: () => new Observable<string>(() => () => left++),
        refreshWithinMs: 500,
      });
      const client = createClient({ baseUrl: BASE, factory: guarded(isNew), interceptors: [auth] });
      const told = tell(client.get('/'));
      at(499, () => expect([told.end, left]).toEqual([undefined, 0]));
      at(501, () => {
        expect([told.end, left]).toEqual(['AUTH_REFRESH_FAILED', 1]);
        expect(told.error?.cause).toMatchObject({ kind: 'timeout', phase: 'total', afterMs: 500 });
      });
    });
  });
});

describe('those who wait for a refresh', () => {
  const waiting = (refreshLifetime?: 'complete' | 'refCount') => {
    const renewed = new Subject<string>();
    const counts = { started: 0, left: 0 };
    const refresh = () =>
      new Observable<string>((subscriber) => {
        counts.started++;
        subscriber.add(() => counts.left++);
        return renewed.subscribe(subscriber);
      });
    const auth = authenticate({
      credential: 'old',
      apply: bearer,
      refresh,
      ...(refreshLifetime && { refreshLifetime }),
    });
    const fake = guarded(isNew);
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
    return { client, counts, fake, renewed };
  };

  it('leave without disturbing the others, and nothing more is sent for them', () => {
    const { client, fake, renewed } = waiting();
    const [one, two, three] = [1, 2, 3].map((n) => tell(client.get(`/${n}`)));
    two?.leave();
    renewed.next('new');
    expect([one, two, three].map((told) => told?.end)).toEqual(['complete', undefined, 'complete']);
    expect(fake.exchanges.map(({ request }) => request.url.slice(BASE.length))).toEqual([
      '/1',
      '/1',
      '/3',
    ]);
  });

  it('may all leave: the refresh goes on by default, and its credential is used', () => {
    const { client, counts, renewed, fake } = waiting();
    for (const told of [tell(client.get('/1')), tell(client.get('/2'))]) told.leave();
    expect(counts).toEqual({ started: 1, left: 0 });
    renewed.next('new');
    expect(counts).toEqual({ started: 1, left: 1 });
    expect(tell(client.get('/3')).values).toEqual(['new']);
    expect(fake.subscribed).toBe(2);
  });

  it('all leave: the refresh is aborted with refCount, and starts anew for the next', () => {
    const { client, counts, renewed } = waiting('refCount');
    const [one, two] = [tell(client.get('/1')), tell(client.get('/2'))];
    one.leave();
    expect(counts).toEqual({ started: 1, left: 0 });
    two.leave();
    expect(counts).toEqual({ started: 1, left: 1 });
    const three = tell(client.get('/3'));
    expect(counts).toEqual({ started: 2, left: 1 });
    renewed.next('new');
    expect(three.values).toEqual(['new']);
  });

  it('are joined by requests that start meanwhile, which are not sent before', () => {
    const { client, counts, fake, renewed } = waiting();
    tell(client.get('/1'));
    const late = tell(client.get('/2'));
    expect(fake.subscribed).toBe(1);
    renewed.next('new');
    expect([late.values, counts.started]).toEqual([['new'], 1]);
    expect(fake.attempts).toEqual([1, 2, 1]);
  });

  it('may leave from within the value of another', () => {
    const { client, fake, renewed } = waiting();
    const second = { leave: () => undefined as void };
    client.get('/1').subscribe(() => second.leave());
    const told = tell(client.get('/2'));
    second.leave = told.leave;
    renewed.next('new');
    expect([told.values, fake.subscribed]).toEqual([[], 2]);
  });
});

describe('a credential that requires a refresh', () => {
  it('is refreshed before it is used, once for all, by the clock of the scheduler', () => {
    inVirtualTime(({ at }) => {
      const renewed = new Subject<{ token: string; expiresAtMs: number }>();
      let refreshes = 0;
      const auth = authenticate({
        credential: { token: 'old', expiresAtMs: 1_000 },
        apply: (request, { token }) => bearer(request, token),
        refresh: () => (refreshes++, renewed),
        requiresRefresh: ({ expiresAtMs }, nowMs) => nowMs >= expiresAtMs,
      });
      const fake = guarded(() => true);
      const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
      expect(tell(client.get('/')).values).toEqual(['old']);
      at(1_000, () => {
        const all = [tell(client.get('/')), tell(client.get('/'))];
        expect([refreshes, fake.subscribed]).toEqual([1, 1]);
        renewed.next({ token: 'new', expiresAtMs: 2_000 });
        expect(all.map(({ values }) => values)).toEqual([['new'], ['new']]);
        expect(fake.attempts).toEqual([1, 1, 1]);
      });
    });
  });

  it('still after its refresh is used as it is', () => {
    let refreshes = 0;
    const auth = authenticate({
      credential: 'old',
      apply: bearer,
      refresh: () => of(`new${++refreshes}`),
      requiresRefresh: () => true,
    });
    const client = createClient({ baseUrl: BASE, factory: guarded(isNew), interceptors: [auth] });
    expect([tell(client.get('/')).values, refreshes]).toEqual([['new1'], 1]);
  });

  it('and could not be refreshed sends nothing', () => {
    const auth = authenticate({
      credential: 'old',
      apply: bearer,
      refresh: () => throwError(() => 'no'),
      requiresRefresh: () => true,
    });
    const fake = guarded(() => true);
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
    const ends = [1, 2].map(() => tell(client.get('/')).end);
    expect([ends, fake.subscribed]).toEqual([['AUTH_REFRESH_FAILED', 'AUTH_REFRESH_FAILED'], 0]);
  });
});

describe('refreshes that do not help', () => {
  it('end in AUTH_REFRESH_LOOP once more than so many start within the window, until it has passed', () => {
    inVirtualTime(({ at }) => {
      let refreshes = 0;
      const auth = authenticate({
        credential: 'old',
        apply: bearer,
        refresh: () => of(`new${++refreshes}`),
        maxRefreshes: 3,
        windowMs: 10_000,
      });
      const fake = guarded(() => false);
      const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
      const ends = Array.from({ length: 5 }, () => tell(client.get('/')));
      expect(ends.map(({ end }) => end)).toEqual([
        'STATUS_401',
        'STATUS_401',
        'STATUS_401',
        'AUTH_REFRESH_LOOP',
        'AUTH_REFRESH_LOOP',
      ]);
      expect(ends[4]?.error?.previous.map(({ code }) => code)).toEqual(['STATUS_401']);
      expect([refreshes, fake.subscribed]).toEqual([3, 8]);
      at(9_999, () => expect(tell(client.get('/')).end).toBe('AUTH_REFRESH_LOOP'));
      at(10_000, () => expect(tell(client.get('/')).end).toBe('STATUS_401'));
    });
  });
});

describe('the request of the refresh itself', () => {
  const looping = (refresh: (client: Client) => Observable<string> | Promise<string>) => {
    const fake = fakeFactory((request) => {
      if (request.url.endsWith('/token')) return answer.json(200, 'new', { delayMs: 10 });
      return isNew(tokenOf(request)) ? answer.json(200, tokenOf(request)) : answer.status(401);
    });
    const client: Client = createClient({
      baseUrl: BASE,
      factory: fake,
      interceptors: [
        authenticate({ credential: 'old', apply: bearer, refresh: () => refresh(client) }),
      ],
    });
    return { client, fake };
  };

  it.each<[string, (client: Client) => Observable<string> | Promise<string>]>([
    ['with AUTH.of(false)', (client) => client.post('/token', {}, { context: [AUTH.of(false)] })],
    ['unmarked', (client) => client.post('/token', {})],
    ['unmarked and promised', (client) => firstValueFrom(client.post<string>('/token', {}))],
    [
      'marked, later, from an async function',
      async (client) => {
        await Promise.resolve();
        return firstValueFrom(client.post<string>('/token', {}, { context: [AUTH.of(false)] }));
      },
    ],
  ])(
    'through the client that it refreshes, %s, does not wait for itself',
    async (_how, refresh) => {
      const { client, fake } = looping(refresh);
      expect(await firstValueFrom(client.get('/'))).toBe('new');
      const [, own] = fake.exchanges;
      expect([own?.request.url, own?.request.headers.has('authorization')]).toEqual([
        `${BASE}/token`,
        false,
      ]);
    },
  );

  it('unmarked and later waits for itself until refreshWithinMs, and the error says how to mark it', () => {
    inVirtualTime(({ at }) => {
      const later = new Subject<void>();
      const { client } = looping((own) =>
        later.pipe(mergeMap(() => own.post<string>('/token', {}))),
      );
      const told = tell(client.get('/'));
      later.next();
      at(29_999, () => expect(told.end).toBeUndefined());
      at(30_001, () => {
        expect(told.end).toBe('AUTH_REFRESH_FAILED');
        expect((told.error?.cause as Error).message).toContain('AUTH.of(false)');
      });
    });
  });

  it('is told from requests that start when the refresh has its answer', () => {
    const fake = guarded(isNew);
    const auth = authenticate({ credential: 'old', apply: bearer, refresh: () => of('new') });
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
    const inner: unknown[] = [];
    client.get('/').subscribe(() => client.get('/').subscribe((value) => inner.push(value)));
    expect(inner).toEqual(['new']);
  });
});

describe('who stands to the left', () => {
  it('may unsubscribe in the wait: a deadline leaves the refresh to the others', () => {
    inVirtualTime(({ at }) => {
      const renewed = new Subject<string>();
      const auth = authenticate({ credential: 'old', apply: bearer, refresh: () => renewed });
      const client = createClient({ baseUrl: BASE, factory: guarded(isNew), interceptors: [auth] });
      const impatient = tell(client.get('/'));
      const patient = tell(client.get('/'));
      at(10, () => impatient.leave());
      at(20, () => renewed.next('new'));
      at(30, () => expect([impatient.end, patient.values]).toEqual([undefined, ['new']]));
    });
  });

  it('ends everything through a scope, those who wait too', () => {
    const fake = guarded(isNew);
    const over = new Subject<string>();
    const auth = authenticate({ credential: 'old', apply: bearer, refresh: () => over });
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
    const scope = client.scope();
    const told = tell(scope.get('/'));
    scope.unsubscribe();
    over.next('new');
    expect([told.end, fake.subscribed]).toEqual(['SCOPE_ENDED', 1]);
  });

  it('gets each attempt with the token of its time (L2)', () => {
    const tokens: unknown[] = [];
    const twice = policy({
      name: 'twice',
      intercept: (request, next) =>
        new Observable((subscriber) =>
          next(request).subscribe({
            error: () => next(request).subscribe(subscriber),
          }),
        ),
    });
    let refreshes = 0;
    const auth = authenticate({
      credential: 'old',
      apply: bearer,
      refresh: () => of(`new${++refreshes}`),
    });
    const fake = fakeFactory((request) => {
      tokens.push(tokenOf(request));
      return tokens.length < 4 ? answer.status(401) : answer.json(200, 'ok');
    });
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [twice, auth] });
    expect(tell(client.get('/')).values).toEqual(['ok']);
    expect(tokens).toEqual(['old', 'new1', 'new1', 'new2']);
  });
});

it('keeps nothing of those who left a refresh that never ends', () => {
  const auth = authenticate({
    credential: 'old',
    apply: bearer,
    refresh: () => NEVER,
    refreshLifetime: 'refCount',
    maxRefreshes: 1_000,
  });
  const fake = guarded(isNew);
  const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
  for (let n = 0; n < 200; n++) tell(client.get('/')).leave();
  expect([fake.subscribed, fake.active]).toEqual([200, 0]);
});
