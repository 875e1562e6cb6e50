import { describe, expect, it } from '@jest/globals';
import { NEVER, Observable, asyncScheduler, concat, mergeMap, of, timer } from 'rxjs';
import {
  CONNECTING,
  type DataTaskPublisher,
  type DeadlineOptions,
  HeaderFields,
  type Interceptor,
  type TaskEvent,
  type TaskRequest,
  deadline,
  isTaskError,
  retryTransient,
} from '../../src/index.js';
import { FlowGate } from '../../src/http/flow.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { inTurn, over } from './flaky.js';
import { inVirtualTime, transcribe } from './virtual-time.js';

const SENT: TaskEvent = { type: 'sent', attempt: 1 };
const UPLOAD: TaskEvent = { type: 'upload', loaded: 1, total: undefined };
const HEAD: TaskEvent = {
  type: 'head',
  head: { status: 200, statusText: '', headers: HeaderFields.empty, url: '' },
};
const CHUNK: TaskEvent = { type: 'chunk', bytes: new Uint8Array(1) };

/** An exchange whose events come at their milliseconds, and that then hangs. */
const at = (...steps: [number, TaskEvent][]): DataTaskPublisher =>
  new Observable((subscriber) => {
    for (const [ms, event] of steps)
      subscriber.add(timer(ms).subscribe(() => subscriber.next(event)));
  });

/** The code of the error and the millisecond in which it came. */
function ending(
  exchange: DataTaskPublisher | ((request: TaskRequest) => DataTaskPublisher),
  ...interceptors: Interceptor[]
): string {
  let told = 'nothing';
  inVirtualTime(({ flush, scheduler }) => {
    const fake = fakeFactory((request) =>
      typeof exchange === 'function' ? exchange(request) : exchange,
    );
    over(fake, { interceptors })
      .get('/')
      .bytes.subscribe({
        error: (error: unknown) => {
          told = `${isTaskError(error, 'timeout') ? `${error.phase} ${error.afterMs} ${error.code}` : String(error)} at ${scheduler.now()}`;
        },
        complete: () => (told = `completed at ${scheduler.now()}`),
      });
    flush();
  });
  return told;
}
const under = (options: DeadlineOptions, ...steps: [number, TaskEvent][]): string =>
  ending(at(...steps), deadline(options));

describe('the phases of a deadline', () => {
  it('all fail with kind timeout and differ by phase, limit and code (F4)', () => {
    expect(under({ connectMs: 10 })).toBe('connect 10 TIMEOUT_CONNECT at 10');
    expect(under({ responseMs: 10 })).toBe('response 10 TIMEOUT_RESPONSE at 10');
    expect(under({ idleMs: 10 })).toBe('idle 10 TIMEOUT_IDLE at 10');
    expect(under({ totalMs: 10 })).toBe('total 10 TIMEOUT_TOTAL at 10');
  });

  it('name the narrower one where two are due at once', () => {
    const all = { connectMs: 10, responseMs: 10, idleMs: 10, totalMs: 10 };
    expect(under(all)).toContain('connect');
    expect(under({ ...all, connectMs: 0 })).toContain('response');
    expect(under({ ...all, connectMs: 0, responseMs: 0 })).toContain('idle');
  });

  it('wait for what is due first, also where it was put off or is over', () => {
    const options = { connectMs: 20, responseMs: 50, idleMs: 40, totalMs: 100 };
    expect(under(options, [0, SENT])).toBe('connect 20 TIMEOUT_CONNECT at 20');
    expect(under(options, [0, SENT], [15, UPLOAD])).toBe('response 50 TIMEOUT_RESPONSE at 50');
    expect(under(options, [0, SENT], [15, HEAD])).toBe('idle 40 TIMEOUT_IDLE at 55');
    expect(under(options, [0, SENT], [15, HEAD], [50, CHUNK], [85, CHUNK])).toBe(
      'total 100 TIMEOUT_TOTAL at 100',
    );
  });
});

describe('responseMs', () => {
  it('runs to the head, however much is sent before', () => {
    expect(under({ responseMs: 50 }, [0, SENT], [30, UPLOAD], [45, UPLOAD])).toBe(
      'response 50 TIMEOUT_RESPONSE at 50',
    );
    expect(under({ responseMs: 50, totalMs: 80 }, [0, SENT], [50, HEAD])).toBe(
      'total 80 TIMEOUT_TOTAL at 80',
    );
  });

  it('around a retry runs to the head that is delivered; a refused answer is none (L3)', () => {
    const refuse = answer.status(503, { delayMs: 20 });
    expect(
      ending(
        refuse,
        deadline({ responseMs: 70 }),
        retryTransient({ baseDelayMs: 1, maxAttempts: 99, budget: false }),
      ),
    ).toBe('response 70 TIMEOUT_RESPONSE at 70');
  });
});

describe('connectMs', () => {
  const connecting =
    (connectedMs: number, ...steps: [number, TaskEvent][]) =>
    (request: TaskRequest): DataTaskPublisher =>
      new Observable((subscriber) => {
        subscriber.add(
          timer(connectedMs).subscribe(() => request.context.get(CONNECTING)?.connected()),
        );
        at(...steps).subscribe(subscriber);
      });

  it('runs until the publisher says that the connection stands', () => {
    const both = deadline({ connectMs: 10, totalMs: 99 });
    expect(ending(connecting(10, [0, SENT]), both)).toContain('total');
    expect(ending(connecting(11, [0, SENT]), both)).toBe('connect 10 TIMEOUT_CONNECT at 10');
  });

  it('runs to the head, or the first sent byte, where the publisher cannot tell', () => {
    expect(under({ connectMs: 10, totalMs: 99 }, [0, SENT], [9, HEAD])).toContain('total');
    expect(under({ connectMs: 10, idleMs: 90, totalMs: 95 }, [0, SENT], [9, UPLOAD])).toContain(
      'total',
    );
  });

  it('is told to each of several deadlines, also to those around one without it', () => {
    const outer = deadline({ connectMs: 20, totalMs: 98 });
    expect(
      ending(
        connecting(5, [0, SENT]),
        outer,
        deadline({ idleMs: 99 }),
        deadline({ connectMs: 10 }),
      ),
    ).toContain('total 98');
  });

  it('does not make the publisher watch where nobody asked', () => {
    const watched: boolean[] = [];
    const look = (request: TaskRequest): DataTaskPublisher => {
      watched.push(request.context.get(CONNECTING) !== undefined);
      return answer.json(200, 1);
    };
    ending(look, deadline(5));
    ending(look, deadline({ connectMs: 5 }));
    expect(watched).toEqual([false, true]);
  });
});

describe('idleMs', () => {
  it('runs from the last sign of life: sending counts', () => {
    expect(under({ idleMs: 10 }, [5, SENT])).toContain('at 15');
    expect(under({ idleMs: 10 }, [0, SENT], [9, UPLOAD], [18, UPLOAD])).toContain('at 28');
    expect(
      under({ idleMs: 10 }, [0, SENT], [9, UPLOAD], [18, HEAD], [27, CHUNK], [36, CHUNK]),
    ).toContain('at 46');
    expect(
      under({ idleMs: 10 }, [0, SENT], [9, { type: 'download', loaded: 1, total: 2 }]),
    ).toContain('at 19');
    expect(
      under({ idleMs: 10 }, [0, SENT], [9, { type: 'redirecting', hop: 1, status: 307, url: '' }]),
    ).toContain('at 19');
  });

  it('asks the publisher for progress, and only where it is set', () => {
    const asked: boolean[] = [];
    const look = (request: TaskRequest): DataTaskPublisher => (
      asked.push(request.progress),
      answer.json(200, 1)
    );
    ending(look, deadline({ totalMs: 5, responseMs: 4 }));
    ending(look, deadline({ idleMs: 5 }));
    ending(look, deadline({ idleMs: 5, connectMs: 5 }));
    expect(asked).toEqual([false, true, true]);
  });

  it('does not run in the pause of a retry below it, and does after', () => {
    const exchange = inTurn(
      answer.status(503, { headers: { 'Retry-After': '30' } }),
      answer.hang(),
    );
    expect(
      ending((request) => exchange.make(request), deadline({ idleMs: 100 }), retryTransient()),
    ).toBe('idle 100 TIMEOUT_IDLE at 30100');
  });

  it('runs while a queue or a refresh takes its time: a client that waits for nothing is not alive', () => {
    const slow: Interceptor = (request, next) => timer(50).pipe(mergeMap(() => next(request)));
    expect(ending(answer.json(200, 1), deadline({ idleMs: 49 }), slow)).toBe(
      'idle 49 TIMEOUT_IDLE at 49',
    );
  });

  it('does not run while the consumer holds the response back (a stalled consumer is no stalled server)', () => {
    inVirtualTime(({ flush, scheduler }) => {
      const gate = new FlowGate();
      const { lines } = transcribe(
        new Observable((subscriber) => {
          const client = over(
            fakeFactory(() => concat(of(SENT, HEAD, CHUNK), NEVER)),
            {
              interceptors: [
                (request, next) => next(request.clone({ flow: gate })),
                deadline({ idleMs: 100 }),
              ],
            },
          );
          return client.get('/').bytes.subscribe(subscriber);
        }),
      );
      for (const [ms, held] of [
        [90, true],
        [95, false],
        [150, true],
        [5000, false],
        [5090, true],
        [9000, false],
      ] as const)
        timer(ms).subscribe(() => gate.set(held));
      flush();
      expect([lines.at(-1), scheduler.now()]).toEqual(['failed TIMEOUT_IDLE', 9100]);
    });
  });

  it('never fires for a consumer that holds back for good, and leaves no listener when it leaves', () => {
    inVirtualTime(({ flush, scheduler }) => {
      let listening = 0;
      const gate = new FlowGate();
      const flow = {
        get paused() {
          return gate.paused;
        },
        listen: (onChange: () => void) => {
          listening++;
          const stop = gate.listen(onChange);
          return () => {
            listening--;
            stop();
          };
        },
      };
      gate.set(true);
      const client = over(
        fakeFactory(() => answer.hang()),
        {
          interceptors: [
            (request, next) => next(request.clone({ flow })),
            deadline({ idleMs: 100, totalMs: 5000 }),
          ],
        },
      );
      const left = transcribe(client.get('/'));
      const stayed = transcribe(client.get('/'));
      expect(listening).toBe(2);
      left.subscription.unsubscribe();
      expect(listening).toBe(1);
      flush();
      expect([stayed.lines, scheduler.now(), listening]).toEqual([
        ['failed TIMEOUT_TOTAL'],
        5000,
        0,
      ]);
    });
  });

  it('sets no timer for each time that the consumer holds back', () => {
    inVirtualTime(({ flush, scheduler: clock }) => {
      let set = 0;
      const schedule: typeof asyncScheduler.schedule = (work, delay, state) => {
        set++;
        return asyncScheduler.schedule(work, delay, state);
      };
      const scheduler = Object.assign(Object.create(asyncScheduler) as typeof asyncScheduler, {
        schedule,
      });
      const gate = new FlowGate();
      const client = over(
        fakeFactory(() => answer.hang()),
        {
          interceptors: [
            (request, next) => next(request.clone({ flow: gate })),
            deadline({ idleMs: 100, scheduler }),
          ],
        },
      );
      const { lines } = transcribe(client.get('/'));
      for (let ms = 1; ms <= 1000; ms++) timer(ms).subscribe(() => gate.set(ms % 2 === 1));
      flush();
      expect([lines, clock.now()]).toEqual([['failed TIMEOUT_IDLE'], 1100]);
      expect(set).toBeLessThanOrEqual(22);
    });
  });

  it('counts a slow loop over for await as the consumer holding back', async () => {
    // Real promises, a clock by hand: the loop decides when a second passes.
    let nowMs = 0;
    const timers = new Set<{ dueMs: number; run: () => void }>();
    const pass = (ms: number): void => {
      nowMs += ms;
      for (const one of [...timers]) if (one.dueMs <= nowMs && timers.delete(one)) one.run();
    };
    const scheduler = {
      now: () => nowMs,
      schedule: (run: () => void, delayMs = 0) => {
        const one = { dueMs: nowMs + delayMs, run };
        timers.add(one);
        return { unsubscribe: () => timers.delete(one) };
      },
    };
    const exchange = new Observable<TaskEvent>((subscriber) => {
      for (const event of [SENT, HEAD, CHUNK, CHUNK, CHUNK]) subscriber.next(event);
    });
    const policy = deadline({ idleMs: 100, scheduler: scheduler as never });
    let chunks = 0;
    const read = async (): Promise<void> => {
      for await (const bytes of over({ make: () => exchange })
        .get('/')
        .with(policy).bytes) {
        chunks += bytes.byteLength;
        pass(1000);
        if (chunks === 3) queueMicrotask(() => queueMicrotask(() => pass(100)));
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'TIMEOUT_IDLE' });
    expect([chunks, nowMs, timers.size]).toEqual([3, 3100, 0]);
  });
});
