import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  BehaviorSubject,
  NEVER,
  Observable,
  type SchedulerLike,
  Subject,
  VirtualTimeScheduler,
  asyncScheduler,
  defer,
  firstValueFrom,
  map,
  of,
  tap,
  throwError,
} from 'rxjs';
import {
  AUTH,
  type Client,
  type Interceptor,
  authenticate,
  bearer,
  createClient,
  deadline,
  dedupe,
  limitConcurrency,
  retryTransient,
} from '../../src/index.js';
import { answer, createTestController, fakeFactory } from '../../src/testing/index.js';
import { type LoopbackServer, loopback } from '../support/loopback.js';
import { BASE, guarded, tokenOf } from './guarded.js';
import { tell } from './told.js';

interface Session {
  readonly user: string;
  readonly token: string;
}

/** A client whose user changes, over exchanges that are answered by hand. */
function session(
  options: Partial<Parameters<typeof authenticate<Session>>[0]> = {},
  left: readonly Interceptor[] = [],
  scheduler: SchedulerLike = asyncScheduler,
) {
  const controller = createTestController();
  const session$ = new BehaviorSubject<Session | null>({ user: 'ada', token: 'a1' });
  const auth = authenticate<Session>({
    credential$: session$,
    identityOf: ({ user }) => user,
    apply: (request, { token }) => bearer(request, token),
    ...options,
  });
  const client = createClient({
    baseUrl: BASE,
    factory: controller.factory,
    scheduler,
    interceptors: [...left, auth],
  });
  return { client, controller, session$ };
}

describe('a logout', () => {
  it('during ten requests closes ten, with an aborted error each and no value after it', () => {
    const { client, controller, session$ } = session();
    const all = Array.from({ length: 10 }, (_, n) => tell(client.get(`/${n}`)));
    const tasks = controller.match(() => true);
    session$.next(null);
    expect(tasks.map(({ cancelled }) => cancelled)).toEqual(Array(10).fill(true));
    for (const { values, error } of all) {
      expect(values).toEqual([]);
      expect(error).toMatchObject({ kind: 'aborted', code: 'IDENTITY_CHANGED' });
    }
  });

  it('is silence where that was asked for', () => {
    const { client, controller, session$ } = session({ onIdentityChange: 'silence' });
    const told = tell(client.get('/'));
    session$.next(null);
    expect(controller.expectOne('/').cancelled).toBe(true);
    expect([told.values, told.end]).toEqual([[], undefined]);
  });

  it('lets out no value that a decoder was still making of an answer, nor the decoder wait', async () => {
    for (const onIdentityChange of ['error', 'silence'] as const) {
      const { client, controller, session$ } = session({ onIdentityChange });
      const made = new Subject<string>();
      const decode = () => firstValueFrom(made);
      const told = [
        tell(client.get('/', { decode })),
        tell(client.get('/', { decode }).with(deadline(1_000), retryTransient()).response),
        tell(client.get('/', { decode }).pipe(map((value) => value))),
      ];
      for (const task of controller.match('/')) task.json(200, 1);
      session$.next(null);
      const end = onIdentityChange === 'error' ? 'IDENTITY_CHANGED' : undefined;
      expect(told.map((one) => one.end)).toEqual([end, end, end]);
      made.next('late');
      await new Promise((resolve) => setImmediate(resolve));
      expect(told.flatMap(({ values }) => values)).toEqual([]);
    }
  });

  it.each([
    ['a slot and a timer', [deadline(1_000), limitConcurrency(1)]],
    ['what others would have joined', [dedupe(), limitConcurrency(1)]],
  ])('where it is silence gives back %s to the left of it', (_what, left) => {
    const scheduler = new VirtualTimeScheduler();
    const silent = { onIdentityChange: 'silence' } as const;
    const { client, controller, session$ } = session(silent, left, scheduler);
    const told = tell(client.get('/'));
    session$.next({ user: 'bob', token: 'b1' });
    const next = tell(client.get('/'));
    controller.match('/').at(-1)?.json(200, 'his');
    scheduler.flush();
    expect([told.values, told.end, next.values]).toEqual([[], undefined, ['his']]);
  });

  it('lets nothing out of a request that is in the middle of its body', () => {
    const { client, controller, session$ } = session();
    const told = tell(client.get('/').bytes);
    const task = controller.expectOne('/');
    task.chunk('one');
    session$.next(null);
    expect(() => task.chunk('two')).toThrow('too late');
    expect([told.values.length, told.end]).toEqual([1, 'IDENTITY_CHANGED']);
  });

  it('stops all before it tells any, so that what one does in answer reaches no other', () => {
    const { client, controller, session$ } = session();
    const told: { second?: ReturnType<typeof tell> } = {};
    client.get('/1').subscribe({
      error: () => {
        for (const task of controller.match('/2')) if (!task.cancelled) task.json(200, 'late');
      },
    });
    told.second = tell(client.get('/2'));
    session$.next(null);
    expect(told.second.values).toEqual([]);
    expect(told.second.end).toBe('IDENTITY_CHANGED');
  });

  it('ends those who wait for a refresh, and the refresh', () => {
    let left = 0;
    const { client, controller, session$ } = session({
      refresh: () => new Observable<Session>(() => () => left++),
    });
    const told = tell(client.get('/'));
    controller.expectOne('/').status(401);
    session$.next(null);
    expect([told.end, left]).toEqual(['IDENTITY_CHANGED', 1]);
    expect(controller.match('/')).toHaveLength(0);
  });

  it('from within the refresh, or from within apply, sends nothing more', () => {
    for (const where of ['refresh', 'apply'] as const) {
      const session$ = new BehaviorSubject<Session | null>({ user: 'ada', token: 'a1' });
      const logout = (): void => session$.next(null);
      const fake = guarded(() => false);
      const auth = authenticate<Session>({
        credential$: session$,
        apply: (request, { token }) => {
          if (where === 'apply') logout();
          return bearer(request, token);
        },
        refresh: () => {
          logout();
          return of({ user: 'ada', token: 'a2' });
        },
      });
      const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
      expect(tell(client.get('/')).end).toBe('IDENTITY_CHANGED');
      expect(fake.subscribed).toBe(where === 'apply' ? 0 : 1);
    }
  });

  it('in answer to a refresh that failed silences the others who waited', () => {
    const failed = new Subject<Session>();
    const { client, controller, session$ } = session({
      refresh: () => failed,
      onIdentityChange: 'silence',
    });
    client.get('/1').subscribe({ error: () => session$.next(null) });
    const second = tell(client.get('/2'));
    for (const task of controller.match(() => true)) task.status(401);
    failed.error(new Error('refused'));
    expect([second.values, second.end]).toEqual([[], undefined]);
  });

  it('makes the next requests nobody’s, and no login ends those', () => {
    const { client, controller, session$ } = session();
    session$.next(null);
    const anonymous = tell(client.get('/'));
    const task = controller.expectOne('/');
    expect(task.request.headers.has('authorization')).toBe(false);
    session$.next({ user: 'bob', token: 'b1' });
    session$.next({ user: 'eve', token: 'e1' });
    task.json(200, 'public');
    expect(anonymous.values).toEqual(['public']);
  });

  it('leaves requests alone that carry no credential of ours', () => {
    const { client, controller, session$ } = session();
    const told = tell(client.get('/', { context: [AUTH.of(false)] }));
    session$.next(null);
    controller.expectOne('/').json(200, 'still there');
    expect(told.values).toEqual(['still there']);
  });
});

describe('a change of user', () => {
  it('ends the requests of the old one, and the new ones carry the new credential', () => {
    const { client, controller, session$ } = session();
    const old = tell(client.get('/'));
    session$.next({ user: 'bob', token: 'b1' });
    const now = tell(client.get('/'));
    expect(old.end).toBe('IDENTITY_CHANGED');
    const [, task] = controller.match('/');
    expect(task && tokenOf(task.request)).toBe('b1');
    task?.json(200, 'for bob');
    expect(now.values).toEqual(['for bob']);
  });

  it('is any other credential where nothing says who it speaks for', () => {
    const controller = createTestController();
    const token$ = new BehaviorSubject<string | null>('a');
    const auth = authenticate({ credential$: token$, apply: bearer });
    const client = createClient({
      baseUrl: BASE,
      factory: controller.factory,
      interceptors: [auth],
    });
    const one = tell(client.get('/'));
    token$.next('a');
    expect(one.end).toBeUndefined();
    token$.next('b');
    expect(one.end).toBe('IDENTITY_CHANGED');
  });

  it('is not what a refresh gives, nor what credential$ says of the same user', () => {
    const { client, controller, session$ } = session({
      refresh: () => of({ user: 'ada', token: 'a2' }),
    });
    const [slow, refused] = [tell(client.get('/slow')), tell(client.get('/refused'))];
    controller.expectOne('/refused').status(401);
    const again = controller.expectOne('/refused');
    expect(tokenOf(again.request)).toBe('a2');
    session$.next({ user: 'ada', token: 'a3' });
    again.json(200, 2);
    controller.expectOne('/slow').json(200, 1);
    expect([slow.values, refused.values]).toEqual([[1], [2]]);
    const next = tell(client.get('/next'));
    const task = controller.expectOne('/next');
    expect([tokenOf(task.request), next.end]).toEqual(['a3', undefined]);
  });

  it('is not what the refresh has stored itself before it gave it', () => {
    const { client, controller, session$ } = session({
      refresh: () => of({ user: 'ada', token: 'a2' }).pipe(tap((fresh) => session$.next(fresh))),
    });
    const told = tell(client.get('/'));
    controller.expectOne('/').status(401);
    controller.expectOne('/').json(200, 'ok');
    expect([told.values, controller.match('/')]).toEqual([['ok'], []]);
  });

  it('of the same user, from elsewhere, releases those who wait for a refresh', () => {
    const { client, controller, session$ } = session({
      refresh: () => NEVER,
      refreshLifetime: 'refCount',
    });
    const told = tell(client.get('/'));
    controller.expectOne('/').status(401);
    session$.next({ user: 'ada', token: 'a2' });
    const again = controller.expectOne('/');
    expect(tokenOf(again.request)).toBe('a2');
    again.json(200, 'ok');
    expect(told.values).toEqual(['ok']);
  });

  it('or the same credential said again lets a refresh that failed be tried again', () => {
    let refreshes = 0;
    const { client, controller, session$ } = session({
      refresh: () => {
        refreshes++;
        return throwError(() => new Error('no network'));
      },
    });
    const once = (): unknown => {
      const told = tell(client.get('/'));
      controller.expectOne('/').status(401);
      return told.end;
    };
    expect([once(), once(), refreshes]).toEqual(['AUTH_REFRESH_FAILED', 'AUTH_REFRESH_FAILED', 1]);
    session$.next(session$.value);
    expect([once(), refreshes]).toEqual(['AUTH_REFRESH_FAILED', 2]);
  });
});

describe('credential$', () => {
  it('is subscribed at the first request, and requests wait for its first value', () => {
    const loaded = new Subject<string>();
    let subscribed = 0;
    const fake = guarded(() => true);
    const auth = authenticate({
      credential$: defer(() => (subscribed++, loaded)),
      apply: bearer,
    });
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
    expect(subscribed).toBe(0);
    const [one, two, gone] = [tell(client.get('/')), tell(client.get('/')), tell(client.get('/'))];
    gone.leave();
    expect([subscribed, fake.subscribed]).toEqual([1, 0]);
    loaded.next('a');
    loaded.complete();
    const three = tell(client.get('/'));
    expect([one, two, three].map(({ values }) => values)).toEqual([['a'], ['a'], ['a']]);
    expect([gone.values, subscribed, fake.subscribed]).toEqual([[], 1, 3]);
  });

  it('that fails fails those who go by it, and is asked again by the next request', () => {
    const sources = [throwError(() => new Error('locked')), of('a')];
    const auth = authenticate({
      credential$: defer(() => sources.shift() ?? NEVER),
      apply: bearer,
    });
    const fake = guarded(() => true);
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
    const first = tell(client.get('/'));
    expect(first.error).toMatchObject({ kind: 'auth', code: 'AUTH_CREDENTIAL_FAILED' });
    expect(tell(client.get('/')).values).toEqual(['a']);
    expect(fake.subscribed).toBe(1);
  });

  it('that fails in mid-life ends what is in flight', () => {
    const { client, controller, session$ } = session();
    const told = tell(client.get('/'));
    session$.error(new Error('gone'));
    expect([told.end, controller.expectOne('/').cancelled]).toEqual([
      'AUTH_CREDENTIAL_FAILED',
      true,
    ]);
  });

  it('whose identityOf throws ends what is in flight rather than mix users', () => {
    let isBroken = false;
    const { client, session$ } = session({
      identityOf: ({ user }) => {
        if (isBroken) throw new Error('broken');
        return user;
      },
    });
    const told = tell(client.get('/'));
    isBroken = true;
    session$.next({ user: 'bob', token: 'b1' });
    expect(told.end).toBe('AUTH_CREDENTIAL_FAILED');
  });

  it('that completes without a value means nobody', () => {
    const fake = guarded((token) => token === undefined);
    const auth = authenticate<string>({ credential$: of(), apply: bearer });
    const client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
    expect(tell(client.get('/')).values).toEqual([null]);
  });

  it('that asks through the client itself does not wait for itself', () => {
    const fake = fakeFactory({ '/token': answer.json(200, 'loaded'), '/': answer.json(200, 'ok') });
    const auth = authenticate({
      credential$: defer(() => client.get<string>('/token')),
      apply: bearer,
    });
    const client: Client = createClient({ baseUrl: BASE, factory: fake, interceptors: [auth] });
    expect(tell(client.get('/')).values).toEqual(['ok']);
    const sent = fake.exchanges.map(({ request }) => `${request.url} ${String(tokenOf(request))}`);
    expect(sent).toEqual([`${BASE}/token undefined`, `${BASE}/ loaded`]);
  });
});

describe('a logout, over real sockets', () => {
  let server: LoopbackServer;
  beforeEach(async () => {
    server = await loopback((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('begun');
    });
  });
  afterEach(() => server.stop());

  it('during ten requests is seen as ten closes by the server, and as no value', async () => {
    const token$ = new BehaviorSubject<string | null>('a');
    const client = createClient({
      baseUrl: server.url,
      interceptors: [authenticate({ credential$: token$, apply: bearer })],
    });
    const all = Array.from({ length: 10 }, () => tell(client.get('/')));
    for (let n = 1; n <= 10; n++) await server.request(n);
    token$.next(null);
    for (let n = 1; n <= 10; n++) await server.closed(n);
    await server.unconnected();
    expect(all.map(({ values, end }) => [...values, end])).toEqual(
      Array(10).fill(['IDENTITY_CHANGED']),
    );
  });
});
