import { describe, expect, it } from '@jest/globals';
import { NEVER, Subject, queueScheduler, takeUntil, throwError } from 'rxjs';
import {
  type DataTaskPublisher,
  HeaderFields,
  type RetryOptions,
  TaskRequest,
  isTaskError,
  retryTransient,
  taskError,
} from '../../src/index.js';
import { answer, marbleEvents } from '../../src/testing/index.js';
import { AT_ONCE, inTurn, over } from './flaky.js';
import { inVirtualTime, transcribe } from './virtual-time.js';

const busy = (headers: Record<string, string>, status = 503) => answer.status(status, { headers });
const ok = answer.json(200, 'ok');

describe('a pause of retryTransient', () => {
  it('is as long as Retry-After says, never shorter', () => {
    inVirtualTime(({ flush, scheduler }) => {
      const fake = inTurn(busy({ 'Retry-After': '60' }), ok);
      const { lines } = transcribe(over(fake).get('/').with(retryTransient()).events);
      expect(lines).toEqual(['sent 1', 'retrying 2 in 60000 after STATUS_503']);
      flush();
      expect([scheduler.now(), lines.at(-1)]).toEqual([60_000, 'completed']);
    });
  });

  it('lasts to the moment that an HTTP-date names, by the clock given (L8)', () => {
    inVirtualTime(({ flush, scheduler }) => {
      transcribe(
        over(inTurn(busy({ 'Retry-After': 'Thu, 01 Jan 1970 00:00:42 GMT' }), ok))
          .get('/')
          .pipe(retryTransient()),
      );
      flush();
      expect(scheduler.now()).toBe(42_000);
    });
  });

  it('lasts to the reset of a used-up rate limit', () => {
    inVirtualTime(({ flush, scheduler }) => {
      transcribe(
        over(inTurn(busy({ RateLimit: '"hour";r=0;t=33' }, 429), ok))
          .get('/')
          .pipe(retryTransient()),
      );
      flush();
      expect(scheduler.now()).toBe(33_000);
    });
  });

  it('is the back-off where that is longer: Retry-After: 0 is no leave to hammer', () => {
    inVirtualTime(({ flush, scheduler }) => {
      transcribe(
        over(inTurn(busy({ 'Retry-After': '0' }), ok))
          .get('/')
          .pipe(retryTransient()),
      );
      flush();
      expect(scheduler.now()).toBe(150);
    });
  });

  it.each<[RetryOptions, number, number]>([
    [{}, 60, 2],
    [{}, 61, 1],
    [{ maxRetryAfterMs: 5000 }, 5, 2],
    [{ maxRetryAfterMs: 5000 }, 6, 1],
    [{ maxRetryAfterMs: Infinity }, 9_999_999, 2],
  ])(
    'beyond the cap gives up with the error instead of asking earlier: %j, %d s, %d attempts',
    (options, seconds, attempts) => {
      inVirtualTime(({ flush, scheduler }) => {
        const fake = inTurn(busy({ 'Retry-After': String(seconds) }), ok);
        const { lines } = transcribe(over(fake).get('/').pipe(retryTransient(options)));
        flush();
        expect(fake.subscribed).toBe(attempts);
        expect([lines[0], scheduler.now()]).toEqual(
          attempts === 1 ? ['failed STATUS_503', 0] : ['"ok"', seconds * 1000],
        );
      });
    },
  );

  it('may be longer than 2^31 ms, where timers of the platform would fire at once', () => {
    inVirtualTime(({ flush, scheduler }) => {
      const days = 40 * 86_400;
      transcribe(
        over(inTurn(busy({ 'Retry-After': String(days) }), ok))
          .get('/')
          .pipe(retryTransient({ maxRetryAfterMs: Infinity })),
      );
      flush();
      expect(scheduler.now()).toBe(days * 1000);
    });
  });

  it('is cleared at once when the subscriber leaves: the frame is the frame of leaving', () => {
    inVirtualTime(({ cold, hot, expectObservable, expectSubscriptions, scheduler }) => {
      const events = marbleEvents({
        h: {
          type: 'head',
          head: {
            status: 503,
            statusText: '',
            url: '',
            headers: HeaderFields.from({ 'retry-after': '60' }),
          },
        },
      });
      const exchange = cold('s-h|', events);
      const leave = hot('     9999ms x');
      const task = over({ make: () => exchange })
        .get('/')
        .pipe(retryTransient());
      expectObservable(task.pipe(takeUntil(leave))).toBe('9999ms |');
      expectSubscriptions(exchange.subscriptions).toBe('^--!');
      scheduler.flush();
      expect(scheduler.now()).toBe(9999);
    });
  });

  it('is cleared when the subscriber leaves within the event that announces it', () => {
    inVirtualTime(({ flush, scheduler }) => {
      const fake = inTurn(busy({}), ok);
      const left = new Subject<void>();
      const seen: string[] = [];
      over(fake)
        .get('/')
        .with(retryTransient())
        .events.pipe(takeUntil(left))
        .subscribe((event) => {
          seen.push(event.type);
          if (event.type === 'retrying') left.next();
        });
      expect(scheduler.actions).toHaveLength(0);
      flush();
      expect([seen, fake.subscribed]).toEqual([['sent', 'retrying'], 1]);
    });
  });

  it('leads to nothing when the subscriber leaves within that event, on a scheduler that runs at once', () => {
    let asked = 0;
    const left = new Subject<void>();
    const busyAlways = (): DataTaskPublisher => {
      asked++;
      return throwError(() => taskError('network', { sent: false }));
    };
    const policy = retryTransient({ ...AT_ONCE, scheduler: queueScheduler });
    policy(new TaskRequest({ url: 'https://api.example.com/' }), busyAlways)
      .pipe(takeUntil(left))
      .subscribe(() => left.next());
    expect(asked).toBe(1);
  });

  it('is cut short by the signal of the caller', () => {
    inVirtualTime(({ flush, scheduler }) => {
      const fake = inTurn(busy({ 'Retry-After': '60' }), ok);
      const controller = new AbortController();
      const { lines } = transcribe(
        over(fake).get('/', { signal: controller.signal }).pipe(retryTransient()),
      );
      controller.abort();
      expect([lines, scheduler.actions.length]).toEqual([['failed ABORTED'], 0]);
      flush();
      expect(fake.subscribed).toBe(1);
    });
  });

  it('costs no time of the machine: ten minutes of pauses, one second each', () => {
    inVirtualTime(({ flush, scheduler }) => {
      const fake = inTurn(...Array.from({ length: 600 }, () => busy({ 'Retry-After': '1' })), ok);
      const { lines } = transcribe(
        over(fake)
          .get('/')
          .pipe(retryTransient({ ...AT_ONCE, maxAttempts: Infinity, budget: false })),
      );
      flush();
      expect([scheduler.now(), fake.subscribed, lines]).toEqual([
        600_000,
        601,
        ['"ok"', 'completed'],
      ]);
    });
  });

  it('asks each exchange once, and is over with the last', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const cut = cold('  s--#', marbleEvents(), undefined);
      const whole = cold('s-h-c-|', marbleEvents({ c: '"ok"' }));
      let count = 0;
      const client = over({ make: () => (count++ === 0 ? cut : whole) });
      expectObservable(client.get('/').pipe(retryTransient({ baseDelayMs: 10 }))).toBe(
        '--- 5ms ------(v|)',
        { v: 'ok' },
      );
      expectSubscriptions(cut.subscriptions).toBe('  ^--!');
      expectSubscriptions(whole.subscriptions).toBe('--- 5ms ^-----!');
    });
  });

  it('takes the scheduler and the randomness that it was given', () => {
    inVirtualTime(({ flush, scheduler }) => {
      transcribe(
        over(inTurn(busy({}), ok))
          .get('/')
          .pipe(retryTransient({ scheduler, random: () => 0.999, baseDelayMs: 1000 })),
      );
      flush();
      expect(scheduler.now()).toBe(999);
    });
  });

  it('holds nothing once its task was left before any answer', () => {
    inVirtualTime(({ flush, scheduler }) => {
      const { subscription, error } = transcribe(
        over({ make: () => NEVER })
          .get('/')
          .pipe(retryTransient()),
      );
      subscription.unsubscribe();
      flush();
      expect([scheduler.now(), isTaskError(error)]).toEqual([0, false]);
    });
  });
});
