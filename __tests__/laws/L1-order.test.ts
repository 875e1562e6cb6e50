import { describe, expect, it } from '@jest/globals';
import { tap } from 'rxjs';
import { type Interceptor, createClient, policy } from '../../src/index.js';
import { fakeFactory, answer } from '../../src/testing/index.js';
import { courseOf } from './course.js';
import { everyGround } from './grounds.js';

const named =
  (name: string, seen: string[]): Interceptor =>
  (request, next) => {
    seen.push(`${name} asks`);
    return next(
      request.clone({
        headers: request.headers.set('X-Way', `${request.headers.get('x-way') ?? ''}${name}`),
      }),
    ).pipe(
      tap({
        next: ({ type }) => seen.push(`${name} hears ${type}`),
        complete: () => seen.push(`${name} ends`),
      }),
    );
  };

describe.each(everyGround())('L1, order, on %s', (_name, open) => {
  it('requests run from left to right, responses from right to left', async () => {
    const ground = await open(() => ({ body: '1' }));
    const seen: string[] = [];
    const client = ground
      .client({ interceptors: [named('a', seen), named('b', seen)] })
      .with(named('c', seen));
    await courseOf(client.get('/x'));
    const [only] = ground.asked;
    expect(only?.header('x-way')).toBe('abc');
    const inTurn = (what: string): string[] =>
      ['c', 'b', 'a'].map((name) => `${name} hears ${what}`);
    expect(seen.slice(0, 3)).toEqual(['a asks', 'b asks', 'c asks']);
    expect(seen.slice(3)).toEqual([
      ...inTurn('sent'),
      ...inTurn('head'),
      ...inTurn('chunk'),
      'c ends',
      'b ends',
      'a ends',
    ]);
  });

  it('an error passes from right to left too, until somebody handles it', async () => {
    const ground = await open(({ n }) => ({ status: n === 1 ? 500 : 200, body: '1' }));
    const seen: string[] = [];
    const watch =
      (name: string): Interceptor =>
      (request, next) =>
        next(request).pipe(tap({ error: () => seen.push(name) }));
    await courseOf(ground.client({ interceptors: [watch('a'), watch('b')] }).get('/x'));
    expect(seen).toEqual(['b', 'a']);
  });
});

it('a policy behind .pipe stands to the left of the client’s list, and one in .with of a task too', async () => {
  const seen: string[] = [];
  const client = createClient({
    factory: fakeFactory(() => answer.status(204)),
    interceptors: [named('client', seen)],
  });
  const own = (name: string): ReturnType<typeof policy> =>
    policy({ name, intercept: named(name, seen) });
  await courseOf(client.get('http://h/').pipe(own('inner'), own('outer')));
  expect(seen.filter((line) => line.endsWith('asks'))).toEqual([
    'outer asks',
    'inner asks',
    'client asks',
  ]);
  seen.length = 0;
  await courseOf(client.get('http://h/').with(own('first'), own('second')));
  expect(seen.filter((line) => line.endsWith('asks'))).toEqual([
    'first asks',
    'second asks',
    'client asks',
  ]);
});
