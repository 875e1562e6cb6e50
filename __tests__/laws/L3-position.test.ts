import { describe, expect, it } from '@jest/globals';
import { type Observable, VirtualTimeScheduler, catchError, of } from 'rxjs';
import {
  type Interceptor,
  type LogEntry,
  type TaskError,
  type TaskErrorOf,
  createClient,
  deadline,
  logTasks,
  retryTransient,
} from '../../src/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { inVirtualTime } from '../policies/virtual-time.js';
import { courseOf, follow } from './course.js';
import { everyGround } from './grounds.js';

const retry = retryTransient({ maxAttempts: 5, baseDelayMs: 100, maxDelayMs: 100, budget: false });

const endOf = ({ phase, afterMs, previous }: TaskErrorOf<'timeout'>): string =>
  `${phase} ${afterMs} after ${previous.length}`;

describe('L3, position is scope', () => {
  it('left of retry a deadline bounds the whole, right of it each attempt (F9)', () => {
    inVirtualTime(({ expectObservable, cold }) => {
      const never = cold('s', { s: { type: 'sent', attempt: 1 } as const });
      const client = createClient({ factory: { make: () => never }, random: () => 0.999999 });
      const endAt = (...interceptors: Interceptor[]): Observable<unknown> =>
        client
          .with(...interceptors)
          .get('http://h/')
          .pipe(catchError((error: unknown) => of(endOf(error as TaskErrorOf<'timeout'>))));
      // five attempts of 50 ms, four pauses of 100
      expectObservable(endAt(retry, deadline(50))).toBe('650ms (e|)', { e: 'total 50 after 4' });
      // three whole attempts and two pauses in 350 ms, and the third pause is cut short
      expectObservable(endAt(deadline(350), retry)).toBe('350ms (e|)', { e: 'total 350 after 0' });
      expectObservable(endAt(deadline(350), retry, deadline(50))).toBe('350ms (e|)', {
        e: 'total 350 after 2',
      });
    });
  });

  it('the same holds behind .pipe: what comes later stands further left', () => {
    inVirtualTime(({ expectObservable }) => {
      const task = createClient({
        factory: { make: () => answer.hang() },
        random: () => 0.999999,
      }).get('http://h/');
      expectObservable(task.pipe(deadline(50), retry)).toBe(
        '650ms #',
        {},
        expect.objectContaining({ afterMs: 50 }),
      );
      expectObservable(task.pipe(retry, deadline(50))).toBe(
        '50ms #',
        {},
        expect.objectContaining({ afterMs: 50 }),
      );
    });
  });

  it('a log left of retry has a line a task, right of it a line an attempt (D9)', async () => {
    const log = async (left: boolean): Promise<string[]> => {
      const lines: LogEntry[] = [];
      const fake = fakeFactory({
        '/x': [answer.status(503), answer.status(503), answer.json(200, 1)],
      });
      const logging = logTasks((_line, entry) => lines.push(entry));
      const again = retryTransient({ baseDelayMs: 0 });
      await courseOf(
        createClient({
          factory: fake,
          interceptors: left ? [logging, again] : [again, logging],
        }).get('http://h/x'),
      );
      return lines.map(({ outcome, attempt }) => `${outcome} ${attempt}`);
    };
    expect(await log(true)).toEqual(['ok 3']);
    expect(await log(false)).toEqual(['STATUS_503 1', 'STATUS_503 2', 'ok 3']);
  });
});

describe.each(everyGround())('L3, position is scope, on %s', (_name, open) => {
  it('an attempt that hangs is given up by the deadline to the right of retry, the task by the one to the left', async () => {
    const scheduler = new VirtualTimeScheduler();
    const ground = await open(({ n }) => (n === 1 ? { ends: 'silent' } : { body: '"second"' }));
    const client = ground.client({ scheduler });
    const tried = follow(client.with(retry, deadline(5000)).get('/x'));
    await ground.until(() => ground.asked.length === 1);
    scheduler.flush();
    await tried.over;
    const hung = follow(
      (await open(() => ({ ends: 'silent' })))
        .client({ scheduler })
        .with(deadline(5000), retry)
        .get('/x'),
    );
    scheduler.flush();
    await hung.over;
    // Where time passes at once, the second attempt may have hit its own deadline before the answer was there.
    expect(['value "second"', 'error timeout TIMEOUT_TOTAL']).toContain(tried.lines[0]);
    expect([hung.lines, (hung.error as TaskError).previous]).toEqual([
      ['error timeout TIMEOUT_TOTAL'],
      [],
    ]);
  });
});
