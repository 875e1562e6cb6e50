import { describe, expect, it } from '@jest/globals';
import { map } from 'rxjs';
import { type Interceptor, isTaskError, retryTransient } from '../../src/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { AT_ONCE, flaky, over } from './flaky.js';
import { inVirtualTime, transcribe } from './virtual-time.js';

describe('retryTransient', () => {
  it('shows attempts and pauses in-band: 503, 503, 200 (PEERS 1)', () => {
    inVirtualTime(({ flush }) => {
      const task = over(flaky(503, 503, 200))
        .get('/')
        .with(retryTransient());
      const { lines } = transcribe(task.events);
      expect(lines).toEqual(['sent 1', 'retrying 2 in 150 after STATUS_503']);
      flush();
      expect(lines.slice(1)).toEqual([
        'retrying 2 in 150 after STATUS_503',
        'sent 2',
        'retrying 3 in 300 after STATUS_503',
        'sent 3',
        'head 200',
        'chunk 200',
        'completed',
      ]);
    });
  });

  it('makes three attempts in all by default, counted from 1, and fails with the last error and those before', () => {
    inVirtualTime(({ flush }) => {
      const fake = flaky(500, 502, 504, 200);
      const { lines, error } = (() => {
        const told = transcribe(over(fake).get('/').pipe(retryTransient()));
        flush();
        return told;
      })();
      expect([lines, fake.attempts]).toEqual([['failed STATUS_504'], [1, 2, 3]]);
      expect(isTaskError(error) && error.previous.map(({ code }) => code)).toEqual([
        'STATUS_500',
        'STATUS_502',
      ]);
    });
  });

  it.each([1, 2, 5])('makes %d attempts when told so', (maxAttempts) => {
    inVirtualTime(({ flush }) => {
      const fake = flaky(503);
      transcribe(
        over(fake)
          .get('/')
          .pipe(retryTransient({ ...AT_ONCE, maxAttempts })),
      );
      flush();
      expect(fake.subscribed).toBe(maxAttempts);
    });
  });

  it('keeps the latest 20 errors, whatever the number of attempts', () => {
    inVirtualTime(({ flush }) => {
      let count = 0;
      const fake = fakeFactory(() => answer.status(500 + (count++ % 5 === 1 ? 3 : 0)));
      const told = transcribe(
        over(fake)
          .get('/')
          .pipe(retryTransient({ ...AT_ONCE, maxAttempts: 50, budget: false })),
      );
      flush();
      expect(fake.subscribed).toBe(50);
      expect(isTaskError(told.error) && told.error.previous.length).toBe(20);
    });
  });

  it('means the same in a pipe, after .with and in the list of the client', () => {
    inVirtualTime(({ flush }) => {
      const faces = [
        transcribe(
          over(flaky(503, 200))
            .get('/')
            .pipe(
              retryTransient(),
              map((body) => [body]),
            ),
        ),
        transcribe(
          over(flaky(503, 200))
            .get('/')
            .with(retryTransient())
            .pipe(map((body) => [body])),
        ),
        transcribe(
          over(flaky(503, 200), { interceptors: [retryTransient()] })
            .get('/')
            .pipe(map((body) => [body])),
        ),
      ];
      flush();
      expect(faces.map(({ lines }) => lines)).toEqual(Array(3).fill(['[200]', 'completed']));
    });
  });

  it('runs everything to its right anew on each attempt: a retried request carries a fresh token (L2)', () => {
    inVirtualTime(({ flush }) => {
      let token = 0;
      const auth: Interceptor = (request, next) =>
        next(request.clone({ headers: request.headers.set('authorization', `Bearer ${++token}`) }));
      const fake = flaky(503, 503, 200);
      transcribe(over(fake, { interceptors: [retryTransient(AT_ONCE), auth] }).get('/'));
      flush();
      expect(fake.exchanges.map(({ request }) => request.headers.get('authorization'))).toEqual([
        'Bearer 1',
        'Bearer 2',
        'Bearer 3',
      ]);
    });
  });

  it('numbers attempts upwards through a retry within a retry', () => {
    inVirtualTime(({ flush }) => {
      const fake = flaky(503, 503, 503, 200);
      const two = retryTransient({ ...AT_ONCE, maxAttempts: 2 });
      const { lines } = transcribe(over(fake, { interceptors: [two, two] }).get('/').events);
      flush();
      expect(
        lines
          .filter((line) => /^(sent|retrying)/.test(line))
          .map((line) => line.replace(/ in.*/, '')),
      ).toEqual(['sent 1', 'retrying 2', 'sent 2', 'retrying 3', 'sent 3', 'retrying 4', 'sent 4']);
      expect(fake.attempts).toEqual([1, 2, 3, 4]);
    });
  });

  it('does nothing before it is subscribed, and starts afresh with each subscription (L0)', () => {
    inVirtualTime(({ flush }) => {
      const fake = flaky(503);
      const task = over(fake)
        .get('/')
        .pipe(retryTransient({ ...AT_ONCE, maxAttempts: 2 }));
      expect(fake.subscribed).toBe(0);
      transcribe(task);
      transcribe(task);
      flush();
      expect([...fake.attempts].sort()).toEqual([1, 1, 2, 2]);
    });
  });

  it('neither completes nor stays silent where retry({ delay: () => EMPTY }) of RxJS would swallow the error', () => {
    inVirtualTime(({ flush }) => {
      const { lines } = transcribe(
        over(flaky(503))
          .get('/')
          .pipe(retryTransient({ maxAttempts: 2 })),
      );
      flush();
      expect(lines).toEqual(['failed STATUS_503']);
    });
  });
});
