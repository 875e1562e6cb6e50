import { describe, expect, it, jest } from '@jest/globals';
import { Observable, Subject, firstValueFrom, of, throwError } from 'rxjs';
import {
  type DataTaskPublisherFactory,
  type Interceptor,
  type TaskEvent,
  type TaskRequest,
  createClient,
  isTaskError,
} from '../../src/index.js';
import { answer, expectOutcome, fakeFactory } from '../../src/testing/index.js';
import { tell } from './told.js';

const over = (factory: DataTaskPublisherFactory, interceptors: readonly Interceptor[] = []) =>
  createClient({ baseUrl: 'https://api.example.com/v1', factory, interceptors });

describe('a factory of one line', () => {
  it('is a complete fake: the service under test gets the body (D1)', async () => {
    class Users {
      readonly #client;
      constructor(client: ReturnType<typeof createClient>) {
        this.#client = client;
      }
      all() {
        return this.#client.get<{ name: string }[]>('/users');
      }
    }
    const users = new Users(
      createClient({
        baseUrl: 'http://t',
        factory: { make: () => answer.json(200, [{ name: 'Ada' }]) },
      }),
    );
    expect(await firstValueFrom(users.all())).toEqual([{ name: 'Ada' }]);
  });

  it('may be any object with make: a class, a frozen object, a function with a property (C1)', async () => {
    class Made implements DataTaskPublisherFactory {
      readonly body = 'of a class';
      make() {
        return answer.json(200, this.body);
      }
    }
    const factories: DataTaskPublisherFactory[] = [
      new Made(),
      Object.freeze({ make: () => answer.json(200, 'frozen') }),
      Object.assign(() => undefined, { make: () => answer.json(200, 'function') }),
    ];
    const bodies = await Promise.all(
      factories.map((factory) => firstValueFrom(over(factory).get('/'))),
    );
    expect(bodies).toEqual(['of a class', 'frozen', 'function']);
  });

  it('may be jest.fn(), typed without casts (D10)', async () => {
    const make = jest
      .fn<DataTaskPublisherFactory['make']>()
      .mockReturnValueOnce(answer.status(503))
      .mockImplementation((request: TaskRequest) => answer.json(200, request.method));
    const bare = jest.fn(() => answer.json(200, 'bare'));
    expect(await expectOutcome(over({ make }).get('/'))).toMatchObject({
      ok: false,
      error: { code: 'STATUS_503' },
    });
    expect(await firstValueFrom(over({ make }).get('/'))).toBe('GET');
    expect(await firstValueFrom(over({ make: bare }).get('/'))).toBe('bare');
    expect(make.mock.calls.map(([request]) => request.url)).toEqual([
      'https://api.example.com/v1/',
      'https://api.example.com/v1/',
    ]);
  });
});

describe('fakeFactory', () => {
  it('answers by the first route that fits', async () => {
    const fake = fakeFactory({
      'GET /v1/users': answer.json(200, 'all'),
      '/v1/users': answer.json(200, 'other methods'),
      '/v1/users/*': ({ url }) => answer.json(200, url.split('/').at(-1)),
      'https://api.example.com/v1/search?q=a': answer.json(200, 'with this query'),
      '/v1/search': answer.json(200, 'with any query'),
    });
    const client = over(fake);
    const asked = [
      client.get('/users', { params: { page: 2 } }),
      client.post('/users', {}),
      client.get('/users/7'),
      client.get('/search?q=a'),
      client.get('/search?q=b'),
    ];
    const bodies = [];
    for (const task of asked) bodies.push(await firstValueFrom(task));
    expect(bodies).toEqual(['all', 'other methods', '7', 'with this query', 'with any query']);
  });

  it('answers a list in turn, and its last one for ever', async () => {
    const client = over(
      fakeFactory({
        '/v1/flaky': [
          answer.status(503),
          () => answer.json(200, 'first'),
          answer.json(200, 'last'),
        ],
      }),
    );
    expect(await expectOutcome(client.get('/flaky'))).toMatchObject({ ok: false });
    const bodies = [];
    for (let i = 0; i < 3; i++) bodies.push(await firstValueFrom(client.get('/flaky')));
    expect(bodies).toEqual(['first', 'last', 'last']);
  });

  it('fails a request without a route, naming it and the routes', async () => {
    const client = over(
      fakeFactory({ 'GET /v1/users': answer.json(200, []), '/v1/items': answer.status(204) }),
    );
    const error = await firstValueFrom(client.get('/usres?token=hush')).catch(
      (thrown: unknown) => thrown,
    );
    expect(isTaskError(error, 'request') && error.message).toBe(
      'GET https://api.example.com/v1/usres?token=[redacted]: the fake has no route for GET https://api.example.com/v1/usres?token=[redacted]; it has GET /v1/users, /v1/items',
    );
  });

  it('says that a route has an empty list', async () => {
    const error = await firstValueFrom(over(fakeFactory({ '/v1/x': [] })).get('/x')).catch(
      (thrown: unknown) => thrown,
    );
    expect((error as Error).message).toContain('empty list');
  });

  it('counts what is subscribed, cancelled and running; making is nothing (D4)', () => {
    const gate = new Subject<never>();
    const fake = fakeFactory((request) =>
      request.url.endsWith('/held') ? gate : answer.json(200, 1),
    );
    const client = over(fake);
    const held = client.get('/held');
    expect([fake.subscribed, fake.cancelled, fake.active]).toEqual([0, 0, 0]);
    const first = held.subscribe();
    const second = held.subscribe({ error: () => undefined });
    client.get('/done').subscribe();
    expect([fake.subscribed, fake.cancelled, fake.active]).toEqual([3, 0, 2]);
    first.unsubscribe();
    first.unsubscribe();
    expect([fake.subscribed, fake.cancelled, fake.active]).toEqual([3, 1, 1]);
    gate.complete();
    second.unsubscribe();
    expect(fake.exchanges.map(({ state }) => state)).toEqual([
      'cancelled',
      'completed',
      'completed',
    ]);
  });

  it('counts an exchange that failed as failed, not as cancelled (D4)', () => {
    const fake = fakeFactory({
      '/v1/a': answer.fail('CONNECTION_RESET'),
      '/v1/b': throwError(() => 'odd'),
      '/v1/c': () => {
        throw new Error('thrown');
      },
    });
    for (const path of ['a', 'b', 'c']) tell(over(fake).get(path));
    expect(fake.exchanges.map(({ state }) => state)).toEqual(['failed', 'failed', 'failed']);
  });

  it('knows the attempts, each with the request as it was after all interceptors (D3)', () => {
    const fake = fakeFactory({ '/v1/x': [answer.status(503), answer.json(200, 'ok')] });
    let token = 0;
    const again: Interceptor = (request, next) => {
      let attempt = 0;
      return new Observable<TaskEvent>((subscriber) => {
        const go = (): void => {
          next(request.clone({ attempt: ++attempt })).subscribe({
            next: (event) => subscriber.next(event),
            complete: () => subscriber.complete(),
            error: (error: unknown) => (attempt < 2 ? go() : subscriber.error(error)),
          });
        };
        go();
      });
    };
    const fresh: Interceptor = (request, next) =>
      next(request.clone({ headers: request.headers.set('Authorization', `Bearer ${++token}`) }));
    expect(tell(over(fake, [again, fresh]).get('/x')).lines).toEqual(['"ok"', 'complete']);
    expect(fake.attempts).toEqual([1, 2]);
    expect(fake.exchanges.map(({ request }) => request.headers.get('authorization'))).toEqual([
      'Bearer 1',
      'Bearer 2',
    ]);
  });

  it('says clearly what is no answer', async () => {
    const error = await firstValueFrom(
      over({ make: () => ({ status: 200 }) as never }).get('/'),
    ).catch((thrown: unknown) => thrown);
    expect(isTaskError(error, 'request') && error.code).toBe('INVALID_FACTORY');
    const empty = await firstValueFrom(over({ make: () => of() }).get('/')).catch(
      (thrown: unknown) => thrown,
    );
    expect(isTaskError(empty, 'network') && empty.code).toBe('NO_RESPONSE');
  });
});
