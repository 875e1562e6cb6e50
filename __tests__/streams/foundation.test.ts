import { describe, expect, it } from '@jest/globals';
import { type Observable, map, mergeMap, range } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  type ByteSource,
  type DataTaskPublisher,
  type Interceptor,
  type TaskEvent,
  createClient,
  deadline,
  isTaskError,
} from '../../src/index.js';
import { answer } from '../../src/testing/index.js';
import { loopback } from '../support/loopback.js';

const virtual = (): TestScheduler =>
  new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected);
  });
const drip = (): DataTaskPublisher => answer.drip(Array(5).fill('.'), 6_000);

describe('what a URLRequest and its session say', () => {
  it('a timeout of ten seconds is one of silence: a stream that goes on is not ended by it (A6)', () => {
    virtual().run(({ expectObservable }) => {
      const going = createClient({ factory: { make: drip } })
        .get('http://t/')
        .bytes.pipe(
          deadline({ idleMs: 10_000 }),
          map(() => '.'),
        );
      expectObservable(going).toBe('6s . 5999ms . 5999ms . 5999ms . 5999ms (.|)');
    });
    virtual().run(({ expectObservable }) => {
      const silent = createClient({ factory: { make: () => answer.hang() } })
        .get('http://t/')
        .bytes.pipe(deadline({ idleMs: 10_000 }));
      expectObservable(silent).toBe(
        '10s #',
        null,
        expect.objectContaining({ kind: 'timeout', phase: 'idle', afterMs: 10_000 }),
      );
    });
  });

  it('a time for the whole is another option, and ends a stream that goes on (A6)', () => {
    virtual().run(({ expectObservable }) => {
      const going = createClient({ factory: { make: drip } })
        .get('http://t/')
        .bytes.pipe(
          deadline({ totalMs: 10_000 }),
          map(() => '.'),
        );
      expectObservable(going).toBe(
        '6s . 3999ms #',
        { '.': '.' },
        expect.objectContaining({ kind: 'timeout', phase: 'total', afterMs: 10_000 }),
      );
    });
  });

  it('a body on a GET is refused before anything is sent (A7)', () => {
    let made = 0;
    const client = createClient({ factory: { make: () => ((made += 1), answer.json(200, 1)) } });
    const codes: unknown[] = [];
    for (const method of ['GET', 'get', 'HEAD', 'TRACE']) {
      client.request({ url: 'http://t/', method, body: 'x' }).subscribe({
        error: (error: unknown) =>
          codes.push(isTaskError(error, 'request') && [error.field, error.code]),
      });
    }
    expect([codes, made]).toEqual([Array(4).fill(['body', 'BODY_NOT_ALLOWED']), 0]);
  });

  it('interceptor, source of the body and observer are plain values that know nothing of each other (A23)', () => {
    const log: string[] = [];
    const source = Object.freeze({
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: true, value: undefined }),
      }),
    }) as unknown as ByteSource;
    const interceptor: Interceptor = Object.freeze(
      ((request, next) => (log.push(request.method), next(request))) as Interceptor,
    );
    const observer = Object.freeze({
      next: (value: unknown) => log.push(`value ${String(value)}`),
      error: (error: unknown) => log.push(String(error)),
      complete: () => log.push('end'),
    });
    const factory = Object.freeze({
      make: ({ body }: { body?: { kind: string } | undefined }): Observable<TaskEvent> => (
        log.push(body?.kind ?? 'none'),
        answer.json(200, 7)
      ),
    });
    createClient({ factory, interceptors: [interceptor] })
      .post('http://t/', () => source)
      .subscribe(observer);
    expect(log).toEqual(['POST', 'recipe', 'value 7', 'end']);
  });

  it('a group that is left closes what runs, and what waits never connects (C13)', async () => {
    const server = await loopback(() => undefined);
    const group = range(1, 8)
      .pipe(mergeMap((n) => createClient().get(`${server.url}/${String(n)}`), 5))
      .subscribe();
    await server.request(5);
    group.unsubscribe();
    await Promise.all([1, 2, 3, 4, 5].map((n) => server.closed(n)));
    await server.barrier();
    expect([server.requests.map(({ state }) => state), server.connections.opened]).toEqual([
      Array(5).fill('cut'),
      5,
    ]);
    await server.stop();
  });
});
