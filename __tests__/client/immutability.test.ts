import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ACCEPT_STATUS,
  type ClientOptions,
  HeaderFields,
  type Interceptor,
  LIMITS,
  contextToken,
  createClient,
} from '../../src/index.js';
import { type FakeFactory, answer, fakeFactory } from '../../src/testing/index.js';
import { tell } from '../testing/told.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
const headerOf = (fake: FakeFactory, name: string): (string | undefined)[] =>
  fake.exchanges.map(({ request }) => request.headers.get(name));
const TENANT = contextToken('tenant', 'public');

describe('a client', () => {
  it('keeps its options as they were when it was made, its children too (A4)', () => {
    const fake = fakeFactory({
      '/to': answer.status(302, { headers: { location: '/end' } }),
      '/end': ({ context }) =>
        answer.json(200, [context.get(TENANT), context.get(LIMITS).bufferedBytes]),
    });
    const headers = { 'X-A': '1' };
    const interceptors: Interceptor[] = [];
    const context = [TENANT.of('acme')];
    const redirect = { maxHops: 1 };
    const limits = { bufferedBytes: 500 };
    const options: Mutable<ClientOptions> = {
      baseUrl: 'http://h',
      headers,
      interceptors,
      context,
      redirect,
      limits,
      factory: fake,
    };
    const client = createClient(options);
    headers['X-A'] = '2';
    interceptors.push(() => {
      throw new Error('pushed later');
    });
    context[0] = TENANT.of('other');
    redirect.maxHops = 0;
    limits.bufferedBytes = 1;
    options.baseUrl = 'http://evil';
    delete options.factory;
    for (const one of [client, client.with({ headers: { 'X-A': '1' } }), client.scope()])
      expect(tell(one.get('/to')).lines).toEqual(['["acme",500]', 'complete']);
    expect(headerOf(fake, 'x-a')).toEqual(['1', '1', '1', '1', '1', '1']);
  });

  it('shares nothing with another: a credential set on one is not sent by the other (A3)', () => {
    const fake = fakeFactory(() => answer.status(204));
    const one = createClient({ factory: fake });
    const other = createClient({ factory: fake });
    tell(
      one
        .with((request, next) =>
          next(request.clone({ headers: request.headers.set('Authorization', 'Bearer x') })),
        )
        .get('http://h/'),
    );
    tell(one.with({ headers: { Authorization: 'Bearer y' } }).get('http://h/'));
    tell(one.get('http://h/'));
    tell(other.get('http://h/'));
    expect(headerOf(fake, 'authorization')).toEqual(['Bearer x', 'Bearer y', undefined, undefined]);
  });

  it('takes a default from the client and another one from the request (B10)', () => {
    const fake = fakeFactory(() => answer.status(204));
    const client = createClient({
      factory: fake,
      headers: { 'Cache-Control': 'no-cache', Accept: 'text/plain' },
    });
    tell(client.get('http://h/'));
    tell(client.get('http://h/', { headers: { 'Cache-Control': 'max-age=60' } }));
    tell(client.get('http://h/', { headers: { 'cache-control': undefined } }));
    tell(client.get('http://h/', { cache: 'no-store' }));
    expect(headerOf(fake, 'cache-control')).toEqual([
      'no-cache',
      'max-age=60',
      undefined,
      'no-store',
    ]);
    expect(headerOf(fake, 'accept')).toEqual([
      'text/plain',
      'text/plain',
      'text/plain',
      'text/plain',
    ]);
  });

  it('reads a function of headers anew for each attempt, the request’s own laid over (E8, E9)', () => {
    const fake = fakeFactory(() => answer.status(204));
    let turn = 0;
    const again: Interceptor = (request, next) => {
      next(request).subscribe();
      return next(request);
    };
    const client = createClient({
      factory: fake,
      interceptors: [again],
      headers: () => ({ Authorization: `Bearer ${++turn}`, 'X-Turn': turn }),
    });
    tell(client.get('http://h/'));
    tell(client.get('http://h/', { headers: { Authorization: 'Bearer mine' } }));
    expect(headerOf(fake, 'authorization')).toEqual([
      'Bearer 1',
      'Bearer 2',
      'Bearer mine',
      'Bearer mine',
    ]);
    expect(headerOf(fake, 'x-turn')).toEqual(['1', '2', '3', '4']);
  });

  it('is a new one with every with, nearest to the wire what came last', () => {
    const ran: string[] = [];
    const named =
      (name: string): Interceptor =>
      (request, next) => (ran.push(name), next(request));
    const fake = fakeFactory(() => answer.status(404));
    const base = createClient({
      factory: fake,
      interceptors: [named('a')],
      context: [TENANT.of('one')],
    });
    const child = base.with(named('b'), { context: [ACCEPT_STATUS.of(() => true)] }, named('c'));
    tell(base.get('http://h/'));
    expect(ran.splice(0)).toEqual(['a']);
    expect(tell(child.get('http://h/')).lines).toEqual(['null', 'complete']);
    expect(ran).toEqual(['a', 'b', 'c']);
    expect(fake.exchanges.map(({ request }) => request.context.get(TENANT))).toEqual([
      'one',
      'one',
    ]);
  });
});

describe('options that somebody hung on every object', () => {
  const pollution: Record<string, unknown> = {
    baseUrl: 'http://evil.example',
    headers: { 'X-Evil': '1' },
    interceptors: [
      () => {
        throw new Error('polluted');
      },
    ],
    factory: {
      make: () => {
        throw new Error('polluted');
      },
    },
    maxHops: 0,
    allowAbsoluteUrls: true,
    method: 'DELETE',
    url: 'http://evil.example/',
    body: 'evil',
    params: { evil: 1 },
    cache: 'no-store',
    attempt: 9,
    delivery: 'streamed',
    progress: true,
    flow: {},
    bufferedBytes: 0,
    cookieName: 'evil',
    decode: () => 'evil',
  };
  afterEach(() => {
    for (const key of Object.keys(pollution))
      delete (Object.prototype as Record<string, unknown>)[key];
  });

  it('are nobody’s options', () => {
    const fake = fakeFactory({
      'GET http://h/to': answer.status(302, { headers: { location: '/end' } }),
      'GET http://h/end': answer.json(200, 'good'),
    });
    for (const [key, value] of Object.entries(pollution))
      Object.defineProperty(Object.prototype, key, {
        value,
        configurable: true,
        writable: true,
        enumerable: false,
      });
    const client = createClient({ factory: fake });
    const lines = [client, client.with({ context: [] }), client.scope()].map(
      (one) => tell(one.get('http://h/to')).lines,
    );
    const seen = fake.exchanges.map(({ request }) => [
      [...request.headers].length,
      request.attempt,
      request.delivery,
      request.progress,
      request.body,
    ]);
    for (const key of Object.keys(pollution))
      delete (Object.prototype as Record<string, unknown>)[key];
    expect(lines).toEqual([
      ['"good"', 'complete'],
      ['"good"', 'complete'],
      ['"good"', 'complete'],
    ]);
    expect(seen).toEqual(Array.from({ length: 6 }, () => [0, 1, 'buffered', false, undefined]));
    expect(HeaderFields.empty.get('x-evil')).toBeUndefined();
  });
});
