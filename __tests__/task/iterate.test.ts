import { describe, expect, it } from '@jest/globals';
import { Observable, Subject, concat, of, throwError } from 'rxjs';
import { FlowGate } from '../../src/http/flow.js';
import { iterate } from '../../src/task/iterate.js';

describe('for await over a task', () => {
  it('subscribes at the first turn, and gives what came, then what comes (C8)', async () => {
    const source = new Subject<number>();
    const iterator = iterate(source);
    expect(source.observed).toBe(false);
    const first = iterator.next();
    expect(source.observed).toBe(true);
    source.next(1);
    source.next(2);
    const rest = [iterator.next(), iterator.next(), iterator.next()];
    source.next(3);
    source.complete();
    expect(await Promise.all([first, ...rest])).toEqual(
      [1, 2, 3, undefined].map((value) => ({ done: value === undefined, value })),
    );
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('shuts the gate while the loop is busy, and opens it while it waits (C8)', async () => {
    const gate = new FlowGate();
    const source = new Subject<number>();
    const iterator = iterate(source, gate);
    const first = iterator.next();
    const states = [gate.paused];
    source.next(1);
    states.push(gate.paused);
    await first;
    void iterator.next();
    states.push(gate.paused);
    expect(states).toEqual([false, true, false]);
    await iterator.return?.();
  });

  it('throws a failure once, behind what came before it', async () => {
    const seen: unknown[] = [];
    const iterator = iterate(
      concat(
        of(1, 2),
        throwError(() => new Error('cut')),
      ),
    );
    await expect(async () => {
      for await (const value of iterator) seen.push(value);
    }).rejects.toThrow('cut');
    expect([seen, await iterator.next()]).toEqual([[1, 2], { done: true, value: undefined }]);
  });

  it('leaves the source on break, on throw, and when it is left before it began', async () => {
    for (const leave of ['break', 'throw'] as const) {
      const source = new Subject<number>();
      const walking = (async () => {
        for await (const _ of iterate(source)) {
          if (leave === 'break') break;
          throw new Error('enough');
        }
      })().catch(() => undefined);
      source.next(1);
      await walking;
      expect(source.observed).toBe(false);
    }
    const source = new Subject<number>();
    const iterator = iterate(source);
    await iterator.return?.();
    expect([await iterator.next(), source.observed]).toEqual([
      { done: true, value: undefined },
      false,
    ]);
  });

  it('answers those who wait when it is left', async () => {
    const iterator = iterate(new Subject<number>());
    const waiting = [iterator.next(), iterator.next()];
    await iterator.return?.();
    expect(await Promise.all(waiting)).toEqual(Array(2).fill({ done: true, value: undefined }));
  });

  it('leaves a source that it is left within the subscribing of (L10)', async () => {
    let left = 0;
    const source = new Observable<number>((subscriber) => {
      void iterator.return?.();
      subscriber.add(() => (left += 1));
    });
    const iterator = iterate(source);
    expect([await iterator.next(), left]).toEqual([{ done: true, value: undefined }, 1]);
  });
});
