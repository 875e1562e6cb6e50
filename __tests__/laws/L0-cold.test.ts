import { describe, expect, it } from '@jest/globals';
import { Subject, VirtualTimeScheduler, firstValueFrom, forkJoin, switchMap, take } from 'rxjs';
import {
  authenticate,
  bearer,
  deadline,
  dedupe,
  limitConcurrency,
  logTasks,
  retryTransient,
} from '../../src/index.js';
import { latch } from '../support/latch.js';
import { courseOf, follow } from './course.js';
import { everyGround } from './grounds.js';

describe.each(everyGround())('L0, cold, on %s', (_name, open) => {
  it('a task is nothing before it is subscribed, and one exchange for each subscription (A2, C6, C18, G2)', async () => {
    const ground = await open(({ n }) => ({ body: String(n) }));
    const client = ground.client({
      interceptors: [logTasks(() => undefined), retryTransient(), deadline(5000)],
    });
    const task = client.get('/task');
    const views = [
      task,
      task.response,
      task.events,
      task.bytes,
      task.with(retryTransient()),
      task.pipe(deadline(100)),
    ];
    await firstValueFrom(client.get('/fence'));
    expect([views.length, ground.asked.map(({ path }) => path)]).toEqual([6, ['/fence']]);
    expect([await firstValueFrom(task), await firstValueFrom(task)]).toEqual([2, 3]);
  });

  it('of two subscribers the one that leaves ends only its own (C7, B7)', async () => {
    const ground = await open(() => ({ body: '[', ends: 'hang' }));
    const task = ground.client().get('/two');
    const first = follow(task.bytes);
    await ground.until(() => ground.asked.length === 1);
    const second = follow(task.bytes);
    await ground.until(() => ground.asked.length === 2);
    first.subscription.unsubscribe();
    await ground.until(() => ground.left === 1);
    expect([first.late, second.subscription.closed, ground.left]).toEqual([[], false, 1]);
    second.subscription.unsubscribe();
    await ground.until(() => ground.left === 2);
    expect(second.late).toEqual([]);
  });

  it.each([
    ['before the head', { ends: 'silent' }, 'sent 1'],
    ['after the head', { ends: 'hang' }, 'head 200'],
    ['in mid-body', { ends: 'hang', body: 'half' }, 'chunk half'],
  ] as const)(
    'leaving %s is silent, and closes the exchange (C10, B8)',
    async (_when, reply, mark) => {
      const ground = await open(() => reply);
      const heard = new Subject<string>();
      const course = follow(ground.client().get('/x').events, (line) => heard.next(line));
      await ground.until(() => ground.asked.length === 1);
      if (!course.lines.includes(mark))
        await new Promise<void>((resolve) => heard.subscribe((line) => line === mark && resolve()));
      course.subscription.unsubscribe();
      await ground.until(() => ground.left === 1);
      expect([course.lines.at(-1), course.late]).toEqual([mark, []]);
    },
  );

  it('leaving in the same tick sends nothing, leaving after the end does nothing (C2, C10)', async () => {
    const ground = await open(({ path }) =>
      path === '/silent' ? { ends: 'silent' } : { body: '1' },
    );
    const client = ground.client();
    const quick = follow(client.get('/silent'));
    quick.subscription.unsubscribe();
    quick.subscription.unsubscribe();
    const done = follow(client.get('/done'));
    await done.over;
    done.subscription.unsubscribe();
    expect(await courseOf(client.get('/next'))).toEqual(['value 1', 'complete']);
    expect([quick.lines, quick.late, done.lines, done.late]).toEqual([
      [],
      [],
      ['value 1', 'complete'],
      [],
    ]);
    const sockets = ground.url !== 'http://home.test';
    expect([
      ground.asked.filter(({ path }) => path !== '/silent').map(({ path }) => path),
      ground.left <= (sockets ? 0 : 1),
    ]).toEqual([['/done', '/next'], true]);
    if (sockets) expect(ground.asked).toHaveLength(2);
  });

  it('leaving inside next is as leaving outside (D2)', async () => {
    const ground = await open(() => ({ body: ['a', 'b'], ends: 'hang' }));
    const lines = await courseOf(ground.client().get('/x').events.pipe(take(2)));
    await ground.until(() => ground.left === 1);
    expect(lines).toEqual(['sent 1', 'head 200', 'complete']);
  });

  it('leaving during the back-off sends nothing more and holds no timer (L8)', async () => {
    const scheduler = new VirtualTimeScheduler();
    const ground = await open(() => ({ status: 503 }));
    const client = ground.client({
      scheduler,
      interceptors: [deadline(60_000), retryTransient({ maxAttempts: 9 }), deadline(5000)],
    });
    const pausing = new Promise<void>((resolve) => {
      const course = follow(client.get('/x').events, (line) => {
        if (!line.startsWith('retrying')) return;
        queueMicrotask(() => {
          course.subscription.unsubscribe();
          resolve();
        });
      });
    });
    await pausing;
    scheduler.flush();
    expect([ground.asked.length, scheduler.frame]).toEqual([1, 0]);
  });

  it('leaving the queue never connects', async () => {
    const ground = await open(({ path }) =>
      path === '/first' ? { ends: 'silent' } : { body: '1' },
    );
    const client = ground.client({ interceptors: [limitConcurrency(1)] });
    const first = follow(client.get('/first'));
    const queued = follow(client.get('/queued'));
    const last = follow(client.get('/last'));
    await ground.until(() => ground.asked.length === 1);
    queued.subscription.unsubscribe();
    first.subscription.unsubscribe();
    await last.over;
    expect([ground.asked.map(({ path }) => path), queued.lines, queued.late]).toEqual([
      ['/first', '/last'],
      [],
      [],
    ]);
  });

  it('leaving while the credential is renewed sends nothing more, and disturbs no other', async () => {
    const ground = await open(({ header, path }) =>
      header('authorization') === 'Bearer new' ? { body: JSON.stringify(path) } : { status: 401 },
    );
    const renewed = new Subject<string>();
    const renewing = latch();
    const auth = authenticate({
      credential: 'old',
      apply: bearer,
      refresh: () => (renewing.open(), renewed),
    });
    const client = ground.client({ interceptors: [auth] });
    const leaver = follow(client.get('/leaver'));
    await renewing.opened;
    const stayer = follow(client.get('/stayer'));
    leaver.subscription.unsubscribe();
    renewed.next('new');
    renewed.complete();
    await stayer.over;
    expect([stayer.lines, leaver.lines, leaver.late]).toEqual([
      ['value "/stayer"', 'complete'],
      [],
      [],
    ]);
    expect(ground.asked.filter(({ path }) => path === '/leaver')).toHaveLength(1);
  });

  it('the operators that leave leave: switchMap and forkJoin (F5, C13)', async () => {
    const ground = await open(({ path }) =>
      path.endsWith('5') ? { body: '"kept"' } : { ends: 'silent' },
    );
    const client = ground.client();
    const typed = new Subject<number>();
    const course = follow(typed.pipe(switchMap((n) => client.get(`/name/${n}`))));
    for (let n = 1; n <= 5; n++) {
      typed.next(n);
      await ground.until(() => ground.asked.length === n);
    }
    typed.complete();
    await course.over;
    await ground.until(() => ground.left === 4);
    expect(course.lines).toEqual(['value "kept"', 'complete']);
    const group = follow(forkJoin([1, 2, 3].map((n) => client.get(`/group/${n}`))));
    await ground.until(() => ground.asked.length === 8);
    group.subscription.unsubscribe();
    await ground.until(() => ground.left === 7);
    expect([group.lines, group.late]).toEqual([[], []]);
  });

  it('a shared exchange ends when its last subscriber leaves, not its first', async () => {
    const ground = await open(() => ({ ends: 'silent' }));
    const client = ground.client({ interceptors: [dedupe()] });
    const [first, second] = [follow(client.get('/x')), follow(client.get('/x'))];
    await ground.until(() => ground.asked.length === 1);
    first.subscription.unsubscribe();
    expect(ground.left).toBe(0);
    second.subscription.unsubscribe();
    await ground.until(() => ground.left === 1);
    expect(ground.asked).toHaveLength(1);
  });
});
