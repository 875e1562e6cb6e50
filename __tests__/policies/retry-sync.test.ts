import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Observable, asyncScheduler, map, queueScheduler, take } from 'rxjs';
import {
  type DataTask,
  HeaderFields,
  type Interceptor,
  type TaskEvent,
  deadline,
  retryTransient,
  taskError,
} from '../../src/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { AT_ONCE, over } from './flaky.js';
import { inVirtualTime, transcribe } from './virtual-time.js';

/** One exchange: what it says before its end, and how it ends. */
interface Script {
  readonly events: readonly TaskEvent[];
  readonly end: 'complete' | 'refused' | 'reset' | 'bug';
}

const head = (status: number, headers: Record<string, string> = {}): TaskEvent => ({
  type: 'head',
  head: { status, statusText: '', headers: HeaderFields.received(headers), url: '' },
});
const bytes = (text: string): TaskEvent => ({
  type: 'chunk',
  bytes: new TextEncoder().encode(text),
});
const errors = {
  refused: () => taskError('network', { sent: false }, { code: 'CONNECTION_REFUSED' }),
  reset: () => taskError('network', { sent: true }, { code: 'CONNECTION_RESET' }),
  bug: () => new TypeError('x is not a function'),
};

/** All of it within subscribe, or each step on a turn of its own. */
function play(
  { events, end }: Script,
  scheduler: typeof asyncScheduler | undefined,
): Observable<TaskEvent> {
  return new Observable((subscriber) => {
    const steps = [
      ...events.map((event) => () => subscriber.next(event)),
      () => (end === 'complete' ? subscriber.complete() : subscriber.error(errors[end]())),
    ];
    if (scheduler === undefined) for (const step of steps) step();
    else steps.forEach((step, index) => subscriber.add(scheduler.schedule(step, index + 1)));
  });
}

const script: fc.Arbitrary<Script> = fc.record({
  events: fc
    .tuple(
      fc.boolean(),
      fc.constantFrom(200, 204, 404, 429, 503),
      fc.array(fc.constantFrom('1', '23', ''), { maxLength: 3 }),
      fc.constantFrom<Record<string, string>>({}, { 'retry-after': '2' }, { 'retry-after': '999' }),
      fc.nat(4),
    )
    .map(([hasHead, status, chunks, headers, keep]) =>
      hasHead
        ? [
            { type: 'sent', attempt: 1 } as const,
            head(status, headers),
            ...chunks.map(bytes),
          ].slice(0, keep + 1)
        : [{ type: 'sent', attempt: 1 } as const],
    ),
  end: fc.constantFrom('complete', 'refused', 'reset', 'bug'),
});

const looks = {
  body: (task: DataTask<unknown>): Observable<unknown> => task,
  events: (task: DataTask<unknown>): Observable<unknown> => task.events,
  bytes: (task: DataTask<unknown>): Observable<unknown> =>
    task.bytes.pipe(map((chunk) => [...chunk])),
};

describe('a fake that emits everything within subscribe', () => {
  it('gives the same notifications through retry and deadline as one that takes its time (D2, L10)', () => {
    fc.assert(
      fc.property(
        fc.array(script, { minLength: 1, maxLength: 4 }),
        fc.constantFrom<keyof typeof looks>('body', 'events', 'bytes'),
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom('GET', 'POST'),
        fc.boolean(),
        (scripts, look, leaveAfter, method, inPipe) => {
          const told = [undefined, asyncScheduler].map((scheduler) => {
            let outcome: unknown;
            inVirtualTime(({ flush, scheduler: clock }) => {
              let exchange = 0;
              const fake = fakeFactory(() =>
                play(scripts[Math.min(exchange++, scripts.length - 1)]!, scheduler),
              );
              const policies = [
                deadline(3_600_000),
                retryTransient(),
                deadline({ idleMs: 1_000_000, responseMs: 1_000_000 }),
              ] as const;
              const client = over(fake, inPipe ? {} : { interceptors: policies });
              const task = client.request({ method, url: '/' });
              const { lines } = transcribe(
                looks[look](inPipe ? task.with(policies[0], policies[1], policies[2]) : task).pipe(
                  take(leaveAfter),
                ),
              );
              flush();
              outcome = {
                lines,
                attempts: fake.attempts,
                active: fake.active,
                timers: clock.actions.length,
              };
            });
            return outcome;
          });
          expect(told[0]).toEqual(told[1]);
          expect(told[0]).toMatchObject({ active: 0, timers: 0 });
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([0, 5])(
    'is torn down before its failure has consequences, %d ms after it was sent',
    (delayMs) => {
      inVirtualTime(({ flush }) => {
        const order: string[] = [];
        const watched: Interceptor = (request, next) =>
          new Observable((subscriber) => {
            order.push(`opens ${request.attempt}`);
            next(request).subscribe(subscriber);
            return () => order.push(`closes ${request.attempt}`);
          });
        let count = 0;
        const fake = fakeFactory(() => answer.status(count++ === 0 ? 503 : 204, { delayMs }));
        const client = over(fake, { interceptors: [retryTransient(AT_ONCE), watched] });
        client.get('/').events.subscribe((event) => {
          if (event.type === 'retrying') order.push('pauses');
        });
        flush();
        expect(order).toEqual(['opens 1', 'closes 1', 'pauses', 'opens 2', 'closes 2']);
      });
    },
  );

  it('leaves the one slot of a queue free for its next attempt, on a scheduler that runs at once', () => {
    let taken = 0;
    let most = 0;
    const slot: Interceptor = (request, next) =>
      new Observable((subscriber) => {
        most = Math.max(most, ++taken);
        next(request).subscribe(subscriber);
        return () => {
          taken--;
        };
      });
    const fake = fakeFactory(() => answer.status(503));
    const { lines } = transcribe(
      over(fake, {
        interceptors: [
          retryTransient({ ...AT_ONCE, maxAttempts: 9, scheduler: queueScheduler }),
          slot,
        ],
      }).get('/'),
    );
    expect([lines, fake.subscribed, most, taken]).toEqual([['failed STATUS_503'], 9, 1, 0]);
  });

  it('fails many times in a row without a deep stack', () => {
    inVirtualTime(({ flush }) => {
      const fake = fakeFactory(() => answer.status(503));
      const { lines } = transcribe(
        over(fake)
          .get('/')
          .pipe(retryTransient({ ...AT_ONCE, maxAttempts: 3_000, budget: false })),
      );
      flush();
      expect([lines, fake.subscribed]).toEqual([['failed STATUS_503'], 3_000]);
    });
  });
});
