import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { VirtualTimeScheduler, catchError, of } from 'rxjs';
import {
  type TaskErrorOf,
  authenticate,
  bearer,
  createClient,
  deadline,
  logTasks,
  retryTransient,
} from '../../src/index.js';
import { answer, fakeFactory, marbleEvents } from '../../src/testing/index.js';
import { inVirtualTime } from '../policies/virtual-time.js';
import { courseOf, follow } from './course.js';
import { everyGround } from './grounds.js';

const busy = answer.status(503, { headers: { 'Retry-After': '60' } });

describe('L8, one clock', () => {
  it('a Retry-After of a minute takes no time, and leaving it shows in its frame', () => {
    inVirtualTime(({ expectObservable, expectSubscriptions, cold }) => {
      const second = cold('s 9ms (hc|)', marbleEvents({ c: '"late"' }));
      const client = createClient({
        factory: { make: ({ attempt }) => (attempt === 1 ? busy : second) },
        interceptors: [retryTransient()],
      });
      expectObservable(client.get('http://h/')).toBe('60s 10ms (v|)', { v: 'late' });
      expectObservable(client.get('http://h/'), '^ 60003ms !').toBe('');
      expectSubscriptions(second.subscriptions).toBe(['60s ^ 9ms !', '60s ^---!']);
    });
  });

  it('leaving during the wait leaves no second exchange and no timer', () => {
    inVirtualTime(({ expectObservable, flush, scheduler }) => {
      const fake = fakeFactory(() => busy);
      expectObservable(
        createClient({ factory: fake, interceptors: [retryTransient()] }).get('http://h/'),
        '^ 30s !',
      ).toBe('');
      flush();
      expect([fake.subscribed, scheduler.frame]).toEqual([1, 30_001]);
    });
  });

  it('ten virtual minutes of attempts, tokens and deadlines pass at once', () => {
    inVirtualTime(({ expectObservable, flush }) => {
      const lines: string[] = [];
      const minuteLong = fakeFactory(() => answer.json(503, null, { delayMs: 60_000 }));
      const client = createClient({
        factory: minuteLong,
        random: () => 0.999999,
        interceptors: [
          logTasks((line) => lines.push(line)),
          deadline({ totalMs: 600_000 }),
          retryTransient({ maxAttempts: Infinity, budget: false, baseDelayMs: 30_000 }),
          authenticate({
            credential: 0,
            origins: ['http://h'],
            apply: (request, minute) => bearer(request, String(minute)),
            requiresRefresh: (minute, nowMs) => nowMs >= (minute + 1) * 120_000,
            refresh: (minute) => [minute + 1],
            maxRefreshes: 99,
          }),
        ],
      });
      expectObservable(
        client
          .get('http://h/')
          .pipe(catchError((error: unknown) => of((error as TaskErrorOf<'timeout'>).afterMs))),
      ).toBe('10m (t|)', { t: 600_000 });
      flush();
      const credentials = minuteLong.exchanges.map(({ request }) =>
        request.headers.get('authorization'),
      );
      expect([minuteLong.subscribed, new Set(credentials).size, lines.length]).toEqual([
        7,
        expect.any(Number),
        1,
      ]);
      expect(new Set(credentials).size).toBeGreaterThan(3);
    });
  });

  it('takes its chances from the source given: the same draws, the same pauses', () => {
    const pauses = (random: () => number): string[] => {
      const lines: string[] = [];
      inVirtualTime(({ flush }) => {
        follow(
          createClient({
            factory: fakeFactory(() => answer.status(503)),
            random,
            interceptors: [retryTransient({ maxAttempts: 4 })],
          }).get('http://h/').events,
          (line) => lines.push(line),
        );
        flush();
      });
      return lines.filter((line) => line.startsWith('retrying'));
    };
    expect(pauses(() => 0)).toEqual(
      [2, 3, 4].map((attempt) => `retrying ${attempt} after 0 ms for STATUS_503`),
    );
    expect(pauses(() => 0.5)).toEqual(
      [
        [2, 150],
        [3, 300],
        [4, 600],
      ].map(([attempt, ms]) => `retrying ${attempt} after ${ms} ms for STATUS_503`),
    );
  });

  it('names no clock and no randomness anywhere else in the sources', () => {
    const src = new URL('../../src/', import.meta.url);
    // A turn of the event loop is no time.
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && file !== 'axios/turn-of-loop.ts',
    );
    // Comments, and methods of that name that a socket must have, are no clock.
    const code = (file: string): string =>
      readFileSync(new URL(file, src), 'utf8').replace(
        /\/\*[\s\S]*?\*\/|\/\/.*|.*\): this \{/g,
        '',
      );
    const clock =
      /(?<![.\w])(?:setTimeout|setInterval|setImmediate)\(|\b(?:Math\.random\(|Date\.now|performance\.now|AbortSignal\.timeout)/;
    expect([files.length > 50, files.filter((file) => clock.test(code(file)))]).toEqual([true, []]);
  });
});

describe.each(everyGround())('L8, one clock, on %s', (_name, open) => {
  it('waits by the client’s clock alone: no second of it is real', async () => {
    const scheduler = new VirtualTimeScheduler();
    const ground = await open(({ n }) =>
      n === 1 ? { status: 503, headers: { 'retry-after': '50' } } : { body: '"ok"' },
    );
    let pausing!: () => void;
    const paused = new Promise<void>((resolve) => (pausing = resolve));
    const course = follow(
      ground.client({ scheduler, interceptors: [retryTransient()] }).get('/x').events,
      (line) => line.startsWith('retrying') && pausing(),
    );
    await paused;
    expect([course.lines.at(-1), scheduler.frame, ground.asked.length]).toEqual([
      'retrying 2 after 50000 ms for STATUS_503',
      0,
      1,
    ]);
    scheduler.flush();
    await course.over;
    expect([course.lines.at(-1), scheduler.frame, ground.asked.length]).toEqual([
      'complete',
      50_000,
      2,
    ]);
  });

  it('a deadline of five seconds is decided without waiting for one (F10)', async () => {
    const scheduler = new VirtualTimeScheduler();
    const ground = await open(() => ({ ends: 'silent' }));
    const course = courseOf(ground.client({ scheduler, interceptors: [deadline(5000)] }).get('/x'));
    await ground.until(() => ground.asked.length === 1);
    scheduler.flush();
    expect([await course, scheduler.frame]).toEqual([['error timeout TIMEOUT_TOTAL'], 5000]);
    await ground.until(() => ground.left === 1);
  });
});
