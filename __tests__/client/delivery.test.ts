import { describe, expect, it } from '@jest/globals';
import {
  VirtualTimeScheduler,
  firstValueFrom,
  lastValueFrom,
  observeOn,
  share,
  shareReplay,
  toArray,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { createClient } from '../../src/index.js';
import { answer, createTestController, fakeFactory } from '../../src/testing/index.js';
import { tell } from '../testing/told.js';

describe('delivery', () => {
  it('is on the scheduler that observeOn names, every event of it (A3, F7, G7)', () => {
    const scheduler = new VirtualTimeScheduler();
    const client = createClient({ factory: { make: () => answer.json(200, 1) } });
    const events = tell(client.get('http://h/').events.pipe(observeOn(scheduler)));
    const failed = tell(
      createClient({ factory: { make: () => answer.status(500) } })
        .get('http://h/')
        .pipe(observeOn(scheduler)),
    );
    expect([events.lines, failed.lines]).toEqual([[], []]);
    scheduler.flush();
    expect([events.lines, failed.lines]).toEqual([
      ['sent 1', 'head 200', 'chunk 1', 'complete'],
      ['error status STATUS_500'],
    ]);
  });

  it('has the head before the first byte, readable as it comes (B11)', () => {
    const controller = createTestController();
    const seen: unknown[] = [];
    createClient({ factory: controller.factory })
      .get('http://h/feed')
      .events.subscribe((event) =>
        seen.push(
          event.type === 'head'
            ? [event.head.status, event.head.headers.get('content-type')]
            : event.type,
        ),
      );
    const task = controller.expectOne('/feed');
    task.head(206, { headers: { 'content-type': 'text/plain' } });
    expect(seen).toEqual(['sent', [206, 'text/plain']]);
    task.chunk('a');
    task.complete();
    expect(seen).toEqual(['sent', [206, 'text/plain'], 'chunk']);
  });

  it('waits for the whole body, however late its last chunk is (B3, G3)', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ expectObservable }) => {
        const client = createClient({
          factory: { make: () => answer.drip(['[1', ',2', ']'], 1000) },
        });
        expectObservable(client.get('http://h/')).toBe('3s (v|)', { v: [1, 2] });
      },
    );
  });
});

describe('one task and many subscribers', () => {
  const setUp = (): {
    controller: ReturnType<typeof createTestController>;
    task: ReturnType<ReturnType<typeof createClient>['get']>;
  } => {
    const controller = createTestController();
    return { controller, task: createClient({ factory: controller.factory }).get('http://h/x') };
  };

  it('are many exchanges (B7)', () => {
    const { controller, task } = setUp();
    const told = [tell(task), tell(task.bytes), tell(task)];
    const held = controller.match('/x');
    held.forEach((one, index) => one.json(200, index));
    expect(told.map(({ lines }) => lines)).toEqual([
      ['0', 'complete'],
      [expect.anything(), 'complete'],
      ['2', 'complete'],
    ]);
  });

  it('are one exchange under share, in the order they came, each with the full body (B7, G4)', () => {
    const { controller, task } = setUp();
    const shared = task.pipe(share());
    const order: string[] = [];
    for (const name of ['a', 'b'])
      shared.subscribe((value) => order.push(`${name} ${String(value)}`));
    controller.expectOne('/x').json(200, 'body');
    expect(order).toEqual(['a body', 'b body']);
    controller.verify();
  });

  it('a late one gets the value of a replayed task, and a new exchange of a cold one (G5)', () => {
    const { controller, task } = setUp();
    const kept = task.pipe(shareReplay({ bufferSize: 1, refCount: false }));
    tell(kept);
    controller.expectOne('/x').json(200, 'kept');
    expect(tell(kept).lines).toEqual(['"kept"', 'complete']);
    controller.expectNone('/x');
    tell(task);
    controller.expectOne('/x');
  });

  it('the last one to leave a shared task ends it', () => {
    const { controller, task } = setUp();
    const shared = task.pipe(share());
    const [first, second] = [tell(shared), tell(shared)];
    const held = controller.expectOne('/x');
    first.unsubscribe();
    expect(held.cancelled).toBe(false);
    second.unsubscribe();
    expect(held.cancelled).toBe(true);
  });
});

describe('promises', () => {
  it('are made of the same task: same value, same error, one exchange each (C17)', async () => {
    const fake = fakeFactory({ '/ok': answer.json(200, { a: 1 }), '/no': answer.status(404) });
    const client = createClient({ factory: fake });
    const task = client.get('http://h/ok');
    expect([await firstValueFrom(task), await lastValueFrom(task), tell(task).lines[0]]).toEqual([
      { a: 1 },
      { a: 1 },
      '{"a":1}',
    ]);
    const walked: unknown[] = [];
    for await (const value of task) walked.push(value);
    expect([walked, await firstValueFrom(task.pipe(toArray()))]).toEqual([[{ a: 1 }], [{ a: 1 }]]);
    expect(fake.subscribed).toBe(5);
    const refused = client.get('http://h/no');
    await expect(firstValueFrom(refused)).rejects.toMatchObject({
      kind: 'status',
      code: 'STATUS_404',
    });
    await expect(
      (async () => {
        for await (const _value of refused);
      })(),
    ).rejects.toMatchObject({ kind: 'status', code: 'STATUS_404' });
    expect(tell(refused).lines).toEqual(['error status STATUS_404']);
  });

  it('of for await: break, return and throw cancel (C8)', async () => {
    const leave: ((iterator: AsyncIterableIterator<unknown>) => Promise<unknown>)[] = [
      (iterator) => iterator.return!(),
      (iterator) => iterator.throw!(new Error('mine')).catch(() => undefined),
    ];
    for (const how of leave) {
      const controller = createTestController();
      const iterator = createClient({ factory: controller.factory })
        .get('http://h/x')
        .bytes[Symbol.asyncIterator]();
      const first = iterator.next();
      const held = controller.expectOne('/x');
      held.chunk('a');
      expect(await first).toMatchObject({ done: false });
      const waiting = iterator.next();
      await how(iterator);
      expect([await waiting, await iterator.next(), held.cancelled]).toEqual([
        { done: true, value: undefined },
        { done: true, value: undefined },
        true,
      ]);
    }
  });

  it('of for await: nothing is asked for before the first step, and nothing after leaving without one', async () => {
    const fake = fakeFactory(() => answer.json(200, 1));
    const iterator = createClient({ factory: fake }).get('http://h/x')[Symbol.asyncIterator]();
    expect(fake.subscribed).toBe(0);
    await iterator.return?.();
    expect([await iterator.next(), fake.subscribed]).toEqual([{ done: true, value: undefined }, 0]);
  });

  it('of for await: values that came before an error are given first', async () => {
    const client = createClient({
      factory: { make: () => answer.cutAfter(4, answer.drip(['ab', 'cd', 'e'], 0)) },
    });
    const parts: string[] = [];
    await expect(
      (async () => {
        for await (const bytes of client.get('http://h/x').bytes)
          parts.push(new TextDecoder().decode(bytes));
      })(),
    ).rejects.toMatchObject({ code: 'BODY_TRUNCATED' });
    expect(parts).toEqual(['ab', 'cd']);
  });
});

describe('leaving and ending in the same tick (C10)', () => {
  it('is one or the other, never both', () => {
    const { controller, client } = (() => {
      const one = createTestController();
      return { controller: one, client: createClient({ factory: one.factory }) };
    })();
    const left = tell(client.get('http://h/left'));
    const abort = new AbortController();
    const aborted = tell(client.get('http://h/aborted', { signal: abort.signal }));
    const answered = tell(client.get('http://h/answered', { signal: abort.signal }));
    controller.expectOne('/answered').json(200, 1);
    left.unsubscribe();
    abort.abort();
    expect(() => controller.expectOne('/left').json(200, 1)).toThrow('too late');
    expect(() => controller.expectOne('/aborted').json(200, 1)).toThrow('too late');
    expect([left.lines, aborted.lines, answered.lines]).toEqual([
      [],
      ['error aborted ABORTED'],
      ['1', 'complete'],
    ]);
  });

  it('an abort inside next comes after the value, and stands in the place of the completion', () => {
    const abort = new AbortController();
    const lines: string[] = [];
    createClient({ factory: { make: () => answer.json(200, 1) } })
      .get('http://h/', { signal: abort.signal })
      .subscribe({
        next: (value) => {
          lines.push(String(value));
          abort.abort();
        },
        error: (error: unknown) => lines.push((error as { kind: string }).kind),
        complete: () => lines.push('complete'),
      });
    expect(lines).toEqual(['1', 'aborted']);
  });
});
