import { describe, expect, it } from '@jest/globals';
import { Subject, finalize, map, of, throwError, toArray } from 'rxjs';
import { AUTH, type Interceptor, authenticate, bearer, createClient } from '../../src/index.js';
import { answer, createTestController, fakeFactory } from '../../src/testing/index.js';
import { BASE, guarded, tokenOf } from './guarded.js';
import { tell } from './told.js';

describe('a credential that is refused', () => {
  it('is refreshed once for N parallel 401s, and all N succeed', () => {
    const controller = createTestController();
    const renewed = new Subject<string>();
    let refreshes = 0;
    const auth = authenticate({
      credential: 'old',
      apply: bearer,
      refresh: () => (refreshes++, renewed),
    });
    const client = createClient({
      baseUrl: BASE,
      factory: controller.factory,
      interceptors: [auth],
    });
    const all = Array.from({ length: 20 }, (_, n) => tell(client.get(`/${n}`)));
    const first = controller.match(() => true);
    expect(first.map(({ request }) => tokenOf(request))).toEqual(Array(20).fill('old'));
    for (const task of first) task.status(401);
    expect(controller.match(() => true)).toHaveLength(0);
    renewed.next('new');
    for (const task of controller.match(() => true)) {
      expect([tokenOf(task.request), task.attempt]).toEqual(['new', 2]);
      task.json(200, task.request.url);
    }
    expect(all.map(({ values, end }) => [...values, end])).toEqual(
      all.map((_, n) => [`${BASE}/${n}`, 'complete']),
    );
    expect(refreshes).toBe(1);
  });

  it('is not refreshed again for a late 401, which is sent again with the new one', () => {
    const controller = createTestController();
    let refreshes = 0;
    const auth = authenticate({
      credential: 'old',
      apply: bearer,
      refresh: () => of(`new${++refreshes}`),
    });
    const client = createClient({
      baseUrl: BASE,
      factory: controller.factory,
      interceptors: [auth],
    });
    const early = tell(client.get('/early'));
    const told = tell(client.get('/late'));
    const late = controller.expectOne('GET /late');
    controller.expectOne('GET /early').status(401);
    controller.expectOne('GET /early').json(200, 'early');
    late.status(401);
    const again = controller.expectOne('GET /late');
    expect(tokenOf(again.request)).toBe('new1');
    again.json(200, 'late');
    expect([early.values, told.values, refreshes]).toEqual([['early'], ['late'], 1]);
  });

  it('is refreshed once more for a late 401 whose second try is refused too, and then never again', () => {
    const controller = createTestController();
    let refreshes = 0;
    const auth = authenticate({
      credential: 'old',
      apply: bearer,
      refresh: () => of(`new${++refreshes}`),
    });
    const client = createClient({
      baseUrl: BASE,
      factory: controller.factory,
      interceptors: [auth],
    });
    const told = tell(client.get('/late'));
    const late = controller.expectOne('/late');
    tell(client.get('/early'));
    controller.expectOne('/early').status(401);
    late.status(401);
    for (const token of ['new1', 'new2']) {
      const task = controller.expectOne('/late');
      expect(tokenOf(task.request)).toBe(token);
      task.status(401);
    }
    expect(controller.match('/late')).toHaveLength(0);
    expect([told.end, refreshes]).toEqual(['STATUS_401', 2]);
    expect(told.error?.previous.map(({ code }) => code)).toEqual(['STATUS_401', 'STATUS_401']);
  });

  it('is replaced at most twice for one request, however often others renew it', () => {
    const controller = createTestController();
    let refreshes = 0;
    const auth = authenticate({
      credential: 'old',
      apply: bearer,
      refresh: () => of(`new${++refreshes}`),
    });
    const client = createClient({
      baseUrl: BASE,
      factory: controller.factory,
      interceptors: [auth],
    });
    const renewByAnother = (): void => {
      const other = tell(client.get('/other'));
      controller.expectOne('/other').status(401);
      controller.expectOne('/other').json(200, 1);
      expect(other.end).toBe('complete');
    };
    const told = tell(client.get('/slow'));
    for (const token of ['old', 'new1', 'new2']) {
      const task = controller.expectOne('/slow');
      expect(tokenOf(task.request)).toBe(token);
      renewByAnother();
      task.status(401);
    }
    expect([told.end, refreshes, controller.match('/slow')]).toEqual(['STATUS_401', 3, []]);
  });

  it('is sent again only when the first exchange has given back all it held', () => {
    const held: string[] = [];
    const controller = createTestController();
    const auth = authenticate({ credential: 'old', apply: bearer, refresh: () => of('new') });
    const holding: Interceptor = (request, next) => {
      held.push('open');
      return next(request).pipe(finalize(() => held.push('close')));
    };
    const client = createClient({
      baseUrl: BASE,
      factory: controller.factory,
      interceptors: [auth, holding],
    });
    tell(client.get('/'));
    controller.expectOne('/').status(401);
    controller.expectOne('/').json(200, 1);
    expect(held).toEqual(['open', 'close', 'open', 'close']);
  });

  it('is replaced also by one that looks the same: a late 401 of the old one refreshes nothing', () => {
    const controller = createTestController();
    let refreshes = 0;
    const auth = authenticate({
      credential: 'cookie',
      apply: bearer,
      refresh: () => {
        refreshes++;
        return of('cookie');
      },
    });
    const client = createClient({
      baseUrl: BASE,
      factory: controller.factory,
      interceptors: [auth],
    });
    const told = [tell(client.get('/late')), tell(client.get('/early'))];
    const late = controller.expectOne('/late');
    controller.expectOne('/early').status(401);
    controller.expectOne('/early').json(200, 1);
    late.status(401);
    controller.expectOne('/late').json(200, 1);
    expect([told.map(({ end }) => end), refreshes]).toEqual([['complete', 'complete'], 1]);
  });

  it('is delivered when the new one is refused too, with the first 401 in previous (E6)', () => {
    const fake = guarded(() => false);
    let refreshes = 0;
    const auth = authenticate({
      credential: 'old',
      apply: bearer,
      refresh: () => of(`new${++refreshes}`),
    });
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
    const told = tell(client.get('/'));
    expect([told.end, refreshes, fake.attempts]).toEqual(['STATUS_401', 1, [1, 2]]);
    expect(told.error?.previous.map(({ code }) => code)).toEqual(['STATUS_401']);
  });

  it('shows each exchange as a sent event of an attempt of its own, and one body (E5)', () => {
    const auth = authenticate({ credential: 'old', apply: bearer, refresh: () => of('new') });
    const client = createClient({
      baseUrl: BASE,
      factory: guarded((token) => token === 'new'),
      interceptors: [auth],
    });
    const events = tell(
      client
        .get('/')
        .events.pipe(
          map((event) => ('attempt' in event ? `${event.type} ${event.attempt}` : event.type)),
        ),
    );
    expect(events.values).toEqual(['sent 1', 'sent 2', 'head', 'chunk']);
    expect(tell(client.get('/').pipe(toArray())).values).toEqual([['new']]);
  });

  it('is a failure by whatever isFailure says', () => {
    const fake = fakeFactory((request) =>
      tokenOf(request) === 'new' ? answer.json(200, 1) : answer.json(419, 'expired'),
    );
    const auth = authenticate({
      credential: 'old',
      apply: bearer,
      refresh: () => of('new'),
      isFailure: (error, credential) =>
        error.kind === 'status' && error.status === 419 && credential === 'old',
    });
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
    expect(tell(client.get('/')).values).toEqual([1]);
  });

  it('is no failure behind a redirect that led elsewhere: the credential was not sent there', () => {
    const fake = fakeFactory((request) =>
      request.url.startsWith(BASE)
        ? answer.status(302, { headers: { Location: 'https://other.test/x' } })
        : answer.status(401),
    );
    let refreshes = 0;
    const auth = authenticate({
      credential: 'old',
      apply: bearer,
      refresh: () => of(`new${++refreshes}`),
    });
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
    expect([tell(client.get('/')).end, refreshes]).toEqual(['STATUS_401', 0]);
    expect(fake.exchanges.map(({ request }) => tokenOf(request))).toEqual(['old', undefined]);
  });

  it('is delivered as it is where there is no refresh', () => {
    const fake = guarded(() => false);
    const auth = authenticate({ credential: 'old', apply: bearer });
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
    expect([tell(client.get('/')).end, fake.subscribed]).toEqual(['STATUS_401', 1]);
  });
});

describe('a body', () => {
  const auth = () => authenticate({ credential: 'old', apply: bearer, refresh: () => of('new') });

  it('made by a recipe is opened anew for the second try (A19)', () => {
    let opened = 0;
    const fake = fakeFactory((request) => {
      if (request.body?.kind === 'recipe') request.body.open();
      return tokenOf(request) === 'new' ? answer.json(200, 'ok') : answer.status(401);
    });
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth()] });
    const recipe = () => (opened++, of(new Uint8Array(1)));
    expect([tell(client.post('/', recipe)).values, opened]).toEqual([['ok'], 2]);
  });

  it('that is a stream is not sent again: the 401 is delivered, typed', () => {
    const fake = guarded((token) => token === 'new');
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth()] });
    const told = tell(client.post('/', of(new Uint8Array(1))));
    expect([told.end, fake.subscribed]).toEqual(['STATUS_401', 1]);
  });
});

describe('a request that wants no credential', () => {
  it('keeps an Authorization of its own, is not refreshed for, nor held back by a refresh (E9)', () => {
    const fake = guarded(() => false);
    const never = new Subject<string>();
    let refreshes = 0;
    const auth = authenticate({
      credential: 'old',
      apply: bearer,
      refresh: () => (refreshes++, never),
    });
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
    const own = { headers: { Authorization: 'Bearer mine' } };
    const off = { context: [AUTH.of(false)] };
    expect([tell(client.get('/', own)).end, tell(client.get('/', off)).end]).toEqual([
      'STATUS_401',
      'STATUS_401',
    ]);
    expect(refreshes).toBe(0);
    tell(client.get('/'));
    expect([refreshes, tell(client.get('/', own)).end]).toEqual([1, 'STATUS_401']);
    never.error('over');
    const tokens = fake.exchanges.map(({ request }) => tokenOf(request));
    expect(tokens).toEqual(['mine', undefined, 'old', 'mine']);
  });

  it('goes without where there is no credential, and its 401 is delivered at once (E1, E4)', () => {
    const fake = guarded(() => false);
    let refreshes = 0;
    const auth = authenticate<string>({
      credential: null,
      apply: bearer,
      refresh: () => of(`new${++refreshes}`),
    });
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
    expect([tell(client.get('/')).end, refreshes, fake.subscribed]).toEqual(['STATUS_401', 0, 1]);
    expect(fake.exchanges[0]?.request.headers.has('authorization')).toBe(false);
  });
});

describe('the policy', () => {
  it('stands in a pipe as in a client, and refuses to where it cannot see the request', () => {
    const fake = guarded((token) => token === 'new');
    const auth = authenticate({ credential: 'old', apply: bearer, refresh: () => of('new') });
    const client = createClient({ baseUrl: BASE, factory: fake });
    expect(tell(client.get('/').pipe(auth)).values).toEqual(['new']);
    expect(() => client.get('/').pipe(map(String), auth)).toThrow(TypeError);
  });

  it('shares its state between clients that share the value, and with no others (A3)', () => {
    const make = () => authenticate({ credential: 'old', apply: bearer, refresh: () => of('new') });
    const [one, two] = [make(), make()];
    const fake = guarded((token) => token === 'new');
    const clients = [one, one, two].map((auth) =>
      createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] }),
    );
    for (const client of clients) tell(client.get('/'));
    const tokens = fake.exchanges.map(({ request }) => tokenOf(request));
    expect(tokens).toEqual(['old', 'new', 'new', 'old', 'new']);
  });

  it.each([
    ['apply', { apply: 'no' }],
    ['refresh', { refresh: 1 }],
    ['requiresRefresh', { requiresRefresh: true }],
    ['credential$', { credential$: 'no' }],
    ['credential$', { credential: 'a', credential$: of('b') }],
    ['maxRefreshes', { maxRefreshes: 0 }],
    ['windowMs', { windowMs: -1 }],
    ['refreshWithinMs', { refreshWithinMs: NaN }],
    ['refreshLifetime', { refreshLifetime: 'forever' }],
    ['onIdentityChange', { onIdentityChange: 'shout' }],
    ['origins', { origins: [] }],
    ['origins[0]', { origins: ['api.test'] }],
    ['origins[0]', { origins: ['https://api.test/path'] }],
    ['origins[0]', { origins: ['https://user:pw@api.test'] }],
    ['origins[0]', { origins: ['ftp://api.test'] }],
    ['refreshs', { refreshs: () => of('x') }],
  ])('names the option that is wrong at creation: %s', (field, options) => {
    expect(() => authenticate({ apply: bearer, ...options } as never)).toThrow(
      expect.objectContaining({ kind: 'request', field }),
    );
  });

  it('hands on what apply throws, and names apply when it returns no request', () => {
    const bug = new RangeError('bug');
    const client = (apply: () => never) =>
      createClient({
        baseUrl: BASE,
        factory: guarded(() => true),
        interceptors: [authenticate({ credential: 'a', apply })],
      });
    const throwing = (): never => {
      throw bug;
    };
    expect(tell(client(throwing).get('/')).end).toBe('RangeError: bug');
    const nothing = tell(client((() => undefined) as never).get('/'));
    expect(nothing.error).toMatchObject({ kind: 'request', field: 'apply' });
  });

  it('hands on errors that are no refusal, and bugs, untouched', () => {
    const bug = new RangeError('bug');
    let refreshes = 0;
    const auth = authenticate({
      credential: 'old',
      apply: bearer,
      refresh: () => of(`new${++refreshes}`),
    });
    const client = createClient({
      baseUrl: BASE,
      factory: fakeFactory({
        '/403': answer.status(403),
        '/reset': answer.fail('CONNECTION_RESET'),
      }),
      interceptors: [auth],
    });
    expect(tell(client.get('/403')).end).toBe('STATUS_403');
    expect(tell(client.get('/reset')).end).toBe('CONNECTION_RESET');
    const buggy = client.with(() => throwError(() => bug));
    expect(tell(buggy.get('/403')).end).toBe('RangeError: bug');
    expect(refreshes).toBe(0);
  });
});
