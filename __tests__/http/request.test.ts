import { describe, expect, it } from '@jest/globals';
import {
  HeaderFields,
  TaskContext,
  TaskRequest,
  contextToken,
  createClient,
} from '../../src/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { tell } from '../testing/told.js';

describe('a request', () => {
  it('is a value: clone makes another and leaves it as it was (A6)', () => {
    const request = new TaskRequest({ url: 'http://h/', headers: HeaderFields.from({ a: '1' }) });
    const before = { ...request };
    const other = request.clone({
      url: 'http://h/2',
      method: 'PUT',
      attempt: 2,
      headers: request.headers.set('a', '2'),
    });
    expect([
      { ...request },
      other.url,
      other.method,
      other.attempt,
      other.headers.get('a'),
    ]).toEqual([before, 'http://h/2', 'PUT', 2, '2']);
    expect(other.clone({})).toEqual(other);
    expect(other).toBeInstanceOf(TaskRequest);
  });

  it('is a GET, the first attempt, buffered, without progress, unless it says otherwise', () => {
    expect({ ...new TaskRequest({ url: 'http://h/' }) }).toEqual({
      method: 'GET',
      url: 'http://h/',
      headers: HeaderFields.empty,
      body: undefined,
      context: TaskContext.empty,
      signal: undefined,
      attempt: 1,
      delivery: 'buffered',
      progress: false,
      flow: undefined,
    });
  });

  it('asks caches to stand aside with cache: reload and no-store (A6)', () => {
    const fake = fakeFactory(() => answer.status(204));
    const client = createClient({ factory: fake });
    tell(client.get('http://h/', { cache: 'reload' }));
    tell(client.get('http://h/', { cache: 'no-store', headers: { 'Cache-Control': 'max-age=5' } }));
    tell(client.get('http://h/'));
    expect(fake.exchanges.map(({ request }) => request.headers.get('cache-control'))).toEqual([
      'no-cache',
      'no-store',
      undefined,
    ]);
  });
});

describe('what travels with a request', () => {
  const TENANT = contextToken('tenant', 'public');
  const LEVEL = contextToken('level', 0);

  it('has the value of its token, or the token’s first', () => {
    const context = TaskContext.of([TENANT.of('acme')]);
    expect([context.get(TENANT), context.get(LEVEL), TaskContext.empty.get(TENANT)]).toEqual([
      'acme',
      0,
      'public',
    ]);
  });

  it('is laid over, the later over the earlier, and never changes', () => {
    const context = TaskContext.of([TENANT.of('a')]);
    const other = context.with([TENANT.of('b'), LEVEL.of(1), TENANT.of('c')]);
    expect([context.get(TENANT), other.get(TENANT), other.get(LEVEL), context.get(LEVEL)]).toEqual([
      'a',
      'c',
      1,
      0,
    ]);
  });

  it('may be undefined on purpose', () => {
    const MAYBE = contextToken<string | undefined>('maybe', 'initial');
    expect(TaskContext.of([MAYBE.of(undefined)]).get(MAYBE)).toBeUndefined();
  });

  it('belongs to the token, not to its name', () => {
    expect(TaskContext.of([contextToken('tenant', '').of('other')]).get(TENANT)).toBe('public');
  });
});
