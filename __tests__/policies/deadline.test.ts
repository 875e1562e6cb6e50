import { describe, expect, it } from '@jest/globals';
import {
  NEVER,
  Observable,
  asyncScheduler,
  interval,
  map,
  mergeMap,
  of,
  takeUntil,
  timer,
} from 'rxjs';
import {
  type DeadlineOptions,
  type Interceptor,
  type TaskEvent,
  deadline,
  isTaskError,
  retryTransient,
} from '../../src/index.js';
import { answer, fakeFactory, marbleEvents } from '../../src/testing/index.js';
import { AT_ONCE, flaky, inTurn, over } from './flaky.js';
import { inVirtualTime, transcribe } from './virtual-time.js';

const hanging = () => fakeFactory(() => answer.hang());

describe('deadline', () => {
  it('ends the exchange and the task in the frame that is due, with a timeout error that tells phase and limit (F2)', () => {
    inVirtualTime(({ cold, expectSubscriptions, flush, scheduler }) => {
      const exchange = cold('s-h-c----------|', marbleEvents());
      const { lines, error } = (() => {
        const told = transcribe(
          over({ make: () => exchange })
            .get('/')
            .pipe(deadline(6)),
        );
        flush();
        return told;
      })();
      expectSubscriptions(exchange.subscriptions).toBe('^-----!');
      expect([lines, scheduler.now()]).toEqual([['failed TIMEOUT_TOTAL'], 6]);
      expect(isTaskError(error, 'timeout') && { ...error }).toMatchObject({
        phase: 'total',
        afterMs: 6,
        previous: [],
        request: { method: 'GET', url: 'https://api.example.com/' },
      });
      expect((error as Error).message).toContain('6 ms');
    });
  });

  it('lets what is in time pass, the frame that is due included', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const exchange = () => cold('s-h-c|', marbleEvents({ c: '"x"' }));
      expectObservable(over({ make: exchange }).get('/').pipe(deadline(5))).toBe('-----(x|)');
      expectObservable(over({ make: exchange }).get('/').pipe(map(String), deadline(5))).toBe(
        '-----(x|)',
      );
    });
  });

  it('lets go of the source before anybody hears of it', () => {
    inVirtualTime(({ flush }) => {
      const order: string[] = [];
      const exchange = new Observable<TaskEvent>(() => () => order.push('let go'));
      over({ make: () => exchange })
        .get('/')
        .pipe(deadline(5))
        .subscribe({ error: () => order.push('told') });
      flush();
      expect(order).toEqual(['let go', 'told']);
    });
  });

  it('around attempts limits the whole, within them each: 350 ms over retry over 100 ms is 4 attempts (L3, F9, PEERS 2)', () => {
    inVirtualTime(({ flush, scheduler }) => {
      const fake = hanging();
      const told = transcribe(
        over(fake)
          .get('/')
          .pipe(deadline(100), retryTransient({ ...AT_ONCE, maxAttempts: 5 }), deadline(350)),
      );
      flush();
      expect([fake.attempts, fake.cancelled, scheduler.now(), told.lines]).toEqual([
        [1, 2, 3, 4],
        4,
        350,
        ['failed TIMEOUT_TOTAL'],
      ]);
      expect(
        isTaskError(told.error, 'timeout') && [
          told.error.afterMs,
          told.error.previous.map((error) => isTaskError(error, 'timeout') && error.afterMs),
        ],
      ).toEqual([350, [100, 100, 100]]);
    });
  });

  it('means the same by position in the list of a client (L3)', () => {
    inVirtualTime(({ flush, scheduler }) => {
      const fake = hanging();
      const { lines } = transcribe(
        over(fake, {
          interceptors: [
            deadline(350),
            retryTransient({ ...AT_ONCE, maxAttempts: 5 }),
            deadline(100),
          ],
        }).get('/'),
      );
      flush();
      expect([fake.attempts, scheduler.now(), lines]).toEqual([
        [1, 2, 3, 4],
        350,
        ['failed TIMEOUT_TOTAL'],
      ]);
    });
  });

  it('within a retry is tried again like any timeout, for idempotent methods only', () => {
    inVirtualTime(({ flush }) => {
      const client = (fake: ReturnType<typeof hanging>) =>
        over(fake, { interceptors: [retryTransient(AT_ONCE), deadline(100)] });
      const [read, written] = [hanging(), hanging()];
      transcribe(client(read).get('/'));
      transcribe(client(written).post('/', {}));
      flush();
      expect([read.subscribed, written.subscribed]).toEqual([3, 1]);
    });
  });

  it('decides five seconds, ten minutes and fifty days without waiting for them (F10, L8)', () => {
    for (const ms of [5000, 600_000, 50 * 86_400_000]) {
      inVirtualTime(({ flush, scheduler }) => {
        const { lines } = transcribe(over(hanging()).get('/').pipe(deadline(ms)));
        flush();
        expect([scheduler.now(), lines]).toEqual([ms, ['failed TIMEOUT_TOTAL']]);
      });
    }
  });
});

describe('a total deadline ends the task', () => {
  const dripping = () =>
    answer.drip(
      Array.from({ length: 1000 }, () => 'x'),
      50,
    );
  const redirecting = () => answer.status(307, { headers: { Location: '/again' }, delayMs: 50 });
  const waiting: Interceptor = (request, next) => timer(10_000).pipe(mergeMap(() => next(request)));
  const queued: Interceptor = () => NEVER;

  it.each<[string, () => Observable<TaskEvent>, Interceptor[]]>([
    ['before anything happens', () => NEVER, []],
    ['while nothing answers', () => answer.hang(), []],
    ['while the body drips (F1)', dripping, []],
    ['in a loop of redirects', redirecting, []],
    [
      'in a pause that the server asked for',
      () => answer.status(503, { headers: { 'Retry-After': '30' } }),
      [retryTransient()],
    ],
    [
      'between many failures',
      () => answer.status(503, { delayMs: 10 }),
      [retryTransient({ maxAttempts: Infinity, budget: false })],
    ],
    ['in a queue', () => answer.json(200, 1), [queued]],
    ['waiting for a refresh', () => answer.json(200, 1), [waiting]],
  ])('%s, in its frame, and nothing runs on', (_where, make, inner) => {
    inVirtualTime(({ scheduler }) => {
      const fake = fakeFactory(make);
      let endedMs: number | undefined;
      const client = over(fake, {
        interceptors: [deadline(777), ...inner],
        redirect: { maxHops: 9999 },
      });
      client.get('/').subscribe({
        error: (error: unknown) => {
          endedMs = isTaskError(error, 'timeout') ? scheduler.now() : -1;
        },
      });
      scheduler.schedule(() => {
        expect([endedMs, fake.active]).toEqual([777, 0]);
      }, 778);
      scheduler.flush();
      // Nothing but the look at it happened after the end.
      expect(scheduler.now()).toBe(778);
    });
  });

  it('while a source that emits all the time leaves timers no room', () => {
    // No virtual clock: the source turns it by itself, and no timer ever runs.
    let nowMs = 0;
    const scheduler = Object.assign(Object.create(asyncScheduler) as typeof asyncScheduler, {
      now: () => nowMs,
    });
    const burst = new Observable<TaskEvent>((subscriber) => {
      while (!subscriber.closed && nowMs < 10_000) {
        nowMs += 100;
        subscriber.next({ type: 'sent', attempt: 1 });
      }
    });
    const { lines } = transcribe(
      over({ make: () => burst })
        .get('/')
        .pipe(deadline({ totalMs: 1000, scheduler })),
    );
    expect([lines, nowMs]).toEqual([['failed TIMEOUT_TOTAL'], 1100]);
  });

  it('with the latest 20 errors of attempts, however many there were', () => {
    inVirtualTime(({ flush }) => {
      const often = retryTransient({ ...AT_ONCE, maxAttempts: Infinity, budget: false });
      const busy = fakeFactory(() => answer.status(503, { delayMs: 10 }));
      const told = transcribe(over(busy).get('/').pipe(often, deadline(1000)));
      flush();
      expect(busy.subscribed).toBe(100);
      expect(isTaskError(told.error, 'timeout') && told.error.previous.length).toBe(20);
    });
  });

  it('with what went wrong before in previous, which the timeout of RxJS forgets', () => {
    inVirtualTime(({ flush }) => {
      const told = transcribe(
        over(flaky(503, 429, 500))
          .get('/')
          .pipe(retryTransient({ baseDelayMs: 400, maxAttempts: 9 }), deadline(500)),
      );
      flush();
      expect(
        isTaskError(told.error, 'timeout') && told.error.previous.map(({ code }) => code),
      ).toEqual(['STATUS_503', 'STATUS_429']);
    });
  });
});

describe('a deadline as a plain operator', () => {
  const ends = (
    options: number | DeadlineOptions,
    source: Observable<unknown> = NEVER,
  ): string[] => {
    let lines: string[] = [];
    inVirtualTime(({ flush, scheduler }) => {
      const told = transcribe(
        source.pipe(
          map((value) => value),
          deadline(options),
        ),
      );
      flush();
      lines = [...told.lines.slice(-1), `at ${scheduler.now()}`];
    });
    return lines;
  };

  it('limits the whole, the time to the first value, and that between values', () => {
    expect(ends(70)).toEqual(['failed TIMEOUT_TOTAL', 'at 70']);
    expect(ends({ responseMs: 60 })).toEqual(['failed TIMEOUT_RESPONSE', 'at 60']);
    expect(ends({ connectMs: 50 })).toEqual(['failed TIMEOUT_CONNECT', 'at 50']);
    expect(ends({ idleMs: 40 }, interval(39).pipe(takeUntil(timer(100))))).toEqual([
      'completed',
      'at 100',
    ]);
    expect(ends({ idleMs: 38 }, interval(39))).toEqual(['failed TIMEOUT_IDLE', 'at 38']);
  });

  it('is total where the timeout of RxJS is idle: a source that emits all the time is ended (F1)', () => {
    expect(ends(80, interval(50))).toEqual(['failed TIMEOUT_TOTAL', 'at 80']);
  });

  it('forgets the first value once it came', () => {
    expect(
      ends({ connectMs: 10, responseMs: 10 }, timer(9).pipe(mergeMap(() => timer(90)))),
    ).toEqual(['failed TIMEOUT_CONNECT', 'at 10']);
    expect(ends({ connectMs: 10, responseMs: 10, totalMs: 99 }, interval(9))).toEqual([
      'failed TIMEOUT_TOTAL',
      'at 99',
    ]);
  });

  it('is the source itself without a limit', () => {
    const source = of(1);
    expect([deadline(false)(source), deadline(0)(source), deadline({})(source)]).toEqual([
      source,
      source,
      source,
    ]);
  });
});

describe('the timer of a deadline', () => {
  /** A clock that counts what is set on it. */
  const counting = () => {
    const counted = { set: 0 };
    const schedule: typeof asyncScheduler.schedule = (work, delay, state) => {
      counted.set++;
      return asyncScheduler.schedule(work, delay, state);
    };
    return {
      counted,
      scheduler: Object.assign(Object.create(asyncScheduler) as typeof asyncScheduler, {
        schedule,
      }),
    };
  };
  const all = { connectMs: 400, responseMs: 500, idleMs: 600, totalMs: 9000 };

  it('is not set for an exchange that ends at once', () => {
    const { counted, scheduler } = counting();
    const { lines } = transcribe(
      over(inTurn(answer.json(200, 1)))
        .get('/')
        .pipe(deadline({ ...all, scheduler })),
    );
    expect([lines, counted.set]).toEqual([['1', 'completed'], 0]);
  });

  it('is one for all parts of a deadline', () => {
    inVirtualTime(({ flush }) => {
      const { counted, scheduler } = counting();
      transcribe(
        over(inTurn(answer.json(200, 1, { delayMs: 300 })))
          .get('/')
          .pipe(deadline({ ...all, scheduler })),
      );
      flush();
      expect(counted.set).toBe(1);
    });
  });

  it('is not set again by chunks: a thousand of them cost a few', () => {
    inVirtualTime(({ flush, scheduler: clock }) => {
      const { counted, scheduler } = counting();
      const task = over(
        inTurn(
          answer.drip(
            Array.from({ length: 1000 }, () => ' '),
            1,
          ),
        ),
      ).get('/', { decode: () => 'read' });
      const { lines } = transcribe(task.pipe(deadline({ idleMs: 100, scheduler })));
      flush();
      expect([lines, clock.now()]).toEqual([['"read"', 'completed'], 1000]);
      expect(counted.set).toBeLessThanOrEqual(12);
    });
  });

  it.each<[string, Observable<TaskEvent>, boolean]>([
    ['completed', answer.json(200, 1, { delayMs: 5 }), false],
    ['failed', answer.fail('CONNECTION_RESET', { delayMs: 5 }), false],
    ['was left', answer.hang(), true],
  ])('is gone when the task %s', (_how, exchange, leave) => {
    inVirtualTime(({ flush, scheduler }) => {
      const { subscription } = transcribe(
        over({ make: () => exchange })
          .get('/')
          .pipe(deadline(all)),
      );
      expect(scheduler.actions.length).toBeGreaterThan(0);
      if (leave) subscription.unsubscribe();
      flush();
      expect([scheduler.actions.length, scheduler.now()]).toEqual([0, leave ? 0 : 5]);
    });
  });

  it.each([30_000, 200])(
    'is right where a clock that is set back says otherwise: %d ms',
    (setBackMs) => {
      inVirtualTime(({ flush, scheduler: clock }) => {
        let offsetMs = 0;
        const scheduler = Object.assign(Object.create(asyncScheduler) as typeof asyncScheduler, {
          now: () => asyncScheduler.now() - offsetMs,
        });
        timer(900).subscribe(() => {
          offsetMs = setBackMs;
        });
        const { lines } = transcribe(
          over(hanging())
            .get('/')
            .pipe(deadline({ totalMs: 1000, scheduler })),
        );
        flush();
        expect([lines, clock.now()]).toEqual([['failed TIMEOUT_TOTAL'], 1000]);
      });
    },
  );

  it('is not prolonged by a clock that is set back', () => {
    inVirtualTime(({ flush, scheduler: clock }) => {
      let offsetMs = 0;
      const scheduler = Object.assign(Object.create(asyncScheduler) as typeof asyncScheduler, {
        now: () => asyncScheduler.now() - offsetMs,
      });
      timer(50).subscribe(() => {
        offsetMs = 3_600_000;
      });
      const { lines } = transcribe(
        over(
          inTurn(
            answer.drip(
              Array.from({ length: 20 }, () => ' '),
              90,
            ),
          ),
        )
          .get('/')
          .pipe(deadline({ totalMs: 1000, idleMs: 300, scheduler })),
      );
      flush();
      expect([lines, clock.now() <= 1300]).toEqual([['failed TIMEOUT_TOTAL'], true]);
    });
  });
});
