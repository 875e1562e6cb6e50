import { describe, expect, it } from '@jest/globals';
import { Observable, map } from 'rxjs';
import { type RetryOptions, retryTransient, taskError } from '../../src/index.js';
import { AT_ONCE, flaky, over } from './flaky.js';
import { inVirtualTime, transcribe } from './virtual-time.js';

describe('a plain pipe', () => {
  it('goes by the request in the error after an operator that hides the request', () => {
    inVirtualTime(({ flush }) => {
      const tries = (
        method: string,
        options: RetryOptions = {},
        headers: Record<string, string> = {},
      ): number => {
        const fake = flaky(503, 503, 200);
        transcribe(
          over(fake)
            .request({ method, url: '/', headers })
            .pipe(
              map((body) => body),
              retryTransient({ ...AT_ONCE, ...options }),
            ),
        );
        flush();
        return fake.subscribed;
      };
      expect([tries('GET'), tries('PUT'), tries('POST')]).toEqual([3, 3, 1]);
      // No key can be added from there, so only a request that has one is repeated.
      expect([
        tries('POST', { unsafe: true }),
        tries('POST', { unsafe: true }, { 'Idempotency-Key': 'k' }),
      ]).toEqual([1, 3]);
    });
  });

  it('is left alone once a value was emitted', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const error = taskError('network', { sent: false });
      const source = cold('a#', {}, error);
      expectObservable(source.pipe(retryTransient(AT_ONCE))).toBe('a#', {}, error);
      expectSubscriptions(source.subscriptions).toBe('^!');
    });
  });

  it('passes on what is no TaskError, and a TaskError that knows no request unless nothing was sent', () => {
    inVirtualTime(({ flush }) => {
      const tries = (error: unknown): number => {
        let count = 0;
        transcribe(
          new Observable((subscriber) => (count++, subscriber.error(error))).pipe(
            retryTransient(AT_ONCE),
          ),
        );
        flush();
        return count;
      };
      expect([
        tries(new Error('x')),
        tries(taskError('timeout', { phase: 'total', afterMs: 1 })),
        tries(taskError('network', { sent: false })),
      ]).toEqual([1, 1, 3]);
    });
  });
});
