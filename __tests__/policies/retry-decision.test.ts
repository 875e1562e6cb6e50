import { describe, expect, it } from '@jest/globals';
import { type Observable, throwError } from 'rxjs';
import {
  type Interceptor,
  RETRY,
  type RetryOptions,
  retryTransient,
  taskError,
} from '../../src/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { AT_ONCE, flaky, over } from './flaky.js';
import { inVirtualTime, transcribe } from './virtual-time.js';

describe('what retryTransient tries again', () => {
  const codesTried = (
    failure: () => Observable<never>,
    method = 'GET',
    options: RetryOptions = {},
  ): number => {
    let tries = 0;
    inVirtualTime(({ flush }) => {
      const fake = fakeFactory(() => (tries++, failure()));
      transcribe(
        over(fake)
          .request({ method, url: '/' })
          .pipe(retryTransient({ ...AT_ONCE, maxAttempts: 2, ...options })),
      );
      flush();
    });
    return tries;
  };
  const tried = (status: number, method = 'GET', options: RetryOptions = {}): number =>
    codesTried(() => answer.status(status) as Observable<never>, method, options);
  const failing = (error: unknown) => () => throwError(() => error);

  it('is the statuses 408 425 429 500 502 503 504, and no other', () => {
    const again = Array.from({ length: 400 }, (_, index) => 200 + index).filter(
      (status) => tried(status) > 1,
    );
    expect(again).toEqual([408, 425, 429, 500, 502, 503, 504]);
  });

  it('is the statuses that it was given instead', () => {
    expect([404, 500].map((status) => tried(status, 'GET', { statuses: [404] }))).toEqual([2, 1]);
  });

  it('is idempotent methods: GET HEAD OPTIONS PUT DELETE TRACE', () => {
    const methods = [
      'GET',
      'HEAD',
      'OPTIONS',
      'PUT',
      'DELETE',
      'TRACE',
      'POST',
      'PATCH',
      'CONNECT',
      'PURGE',
    ];
    expect(methods.filter((method) => tried(503, method) > 1)).toEqual([
      'GET',
      'HEAD',
      'OPTIONS',
      'PUT',
      'DELETE',
      'TRACE',
    ]);
    const timedOut = failing(taskError('timeout', { phase: 'idle', afterMs: 1 }));
    const cut = failing(taskError('network', { sent: true }));
    expect([
      codesTried(timedOut),
      codesTried(timedOut, 'POST'),
      codesTried(cut),
      codesTried(cut, 'POST'),
    ]).toEqual([2, 1, 2, 1]);
  });

  it('is any method that never reached the server', () => {
    const refused = failing(taskError('network', { sent: false }, { code: 'CONNECTION_REFUSED' }));
    expect(['GET', 'POST', 'PATCH'].map((method) => codesTried(refused, method))).toEqual([
      2, 2, 2,
    ]);
  });

  it('is the methods that it was given instead, in any case', () => {
    const methods = ['post'];
    expect(['POST', 'GET'].map((method) => tried(503, method, { methods }))).toEqual([2, 1]);
    expect(['POST', 'PURGE', 'GET'].map((method) => tried(503, method, { unsafe: true }))).toEqual([
      2, 2, 2,
    ]);
  });

  it('is never request, redirect, limit, decode, auth or aborted, not even when asked', () => {
    const never = [
      taskError('request', { field: 'x' }),
      taskError('redirect', { location: '', hops: 1 }),
      taskError('limit', { which: 'response', maxBytes: 1 }),
      taskError('decode', { head: undefined, response: undefined, issues: [] }),
      taskError('auth', {}),
      taskError('aborted', { reason: 'x' }),
    ];
    expect(
      never.map((error) => codesTried(failing(error), 'GET', { unsafe: true, when: () => true })),
    ).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('is no bug: it passes through unwrapped', () => {
    const bug = new TypeError('undefined is not a function');
    const broken: Interceptor = () => throwError(() => bug);
    let tries = 0;
    const counted: Interceptor = (request, next) => (tries++, next(request));
    const told = transcribe(
      over(flaky(200), { interceptors: [retryTransient(AT_ONCE), counted, broken] }).get('/'),
    );
    expect([tries, told.error]).toEqual([1, bug]);
  });

  it('is narrowed by when, which is asked with the error and the number of the attempt that failed', () => {
    inVirtualTime(({ flush }) => {
      const asked: unknown[] = [];
      const fake = flaky(503, 500, 404);
      transcribe(
        over(fake)
          .get('/')
          .pipe(
            retryTransient({
              ...AT_ONCE,
              maxAttempts: 9,
              when: (error, attempt) => asked.push([error.code, attempt]) > 0,
            }),
          ),
      );
      flush();
      expect(asked).toEqual([
        ['STATUS_503', 1],
        ['STATUS_500', 2],
      ]);
      expect(tried(503, 'GET', { when: () => false })).toBe(1);
    });
  });

  it('ends with what when throws: that is a bug', () => {
    const bug = new Error('of the caller');
    const told = transcribe(
      over(flaky(503))
        .get('/')
        .pipe(
          retryTransient({
            when: () => {
              throw bug;
            },
          }),
        ),
    );
    expect(told.error).toBe(bug);
  });

  it('is decided by the request: RETRY overrides option by option, or turns it off', () => {
    inVirtualTime(({ flush }) => {
      const attempts = (entry: ReturnType<typeof RETRY.of>): number => {
        const fake = flaky(503, 404, 200);
        const client = over(fake, {
          interceptors: [retryTransient({ ...AT_ONCE, statuses: [503] })],
        });
        transcribe(client.get('/', { context: [entry] }));
        flush();
        return fake.subscribed;
      };
      expect([
        attempts(RETRY.of(undefined)),
        attempts(RETRY.of(false)),
        attempts(RETRY.of({ maxAttempts: 1 })),
        attempts(RETRY.of({ statuses: [503, 404] })),
      ]).toEqual([2, 1, 1, 3]);
    });
  });
});
