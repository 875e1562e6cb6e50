import { describe, expect, it } from '@jest/globals';
import { NEVER, Observable, Subject, concat, of, range, map } from 'rxjs';
import { isTaskError } from '../../src/errors/task-error.js';
import { type Overflow, fromHot } from '../../src/upload/from-hot.js';

const byte = (value: number): Uint8Array => Uint8Array.of(value);

/** A socket that has taken one chunk and is not ready for more. */
function stalled(overflow: Overflow, capacity: number) {
  const source = new Subject<Uint8Array>();
  const body = fromHot(source, { capacity, overflow });
  const drops: number[] = [];
  body.dropped$.subscribe((count) => drops.push(count));
  const reader = (body() as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  return { source, drops, reader, first: reader.next() };
}

async function rest(reader: AsyncIterator<Uint8Array>): Promise<number[]> {
  const seen: number[] = [];
  for (let result = await reader.next(); result.done !== true; result = await reader.next())
    seen.push(...result.value);
  return seen;
}

describe('fromHot', () => {
  it('keeps the last chunks of a source that runs ahead with dropOldest, and counts the others (A22)', async () => {
    const { source, drops, reader, first } = stalled('dropOldest', 3);
    for (let value = 0; value < 8; value++) source.next(byte(value));
    source.complete();
    expect([...((await first).value as Uint8Array)]).toEqual([0]);
    expect(await rest(reader)).toEqual([5, 6, 7]);
    expect(drops).toEqual([1, 2, 3, 4]);
  });

  it('keeps the first chunks with dropNewest (A22)', async () => {
    const { source, drops, reader } = stalled('dropNewest', 3);
    for (let value = 0; value < 8; value++) source.next(byte(value));
    source.complete();
    expect(await rest(reader)).toEqual([1, 2, 3]);
    expect(drops).toEqual([1, 2, 3, 4]);
  });

  it('fails with a limit error with error, and leaves the source (A22)', async () => {
    const { source, reader } = stalled('error', 2);
    for (let value = 0; value < 5; value++) source.next(byte(value));
    const error = await reader.next().catch((cause: unknown) => cause);
    expect(isTaskError(error, 'limit') && [error.which, error.maxBytes]).toEqual(['queue', 2]);
    expect(source.observed).toBe(false);
  });

  it('subscribes its source when it is first read, once an attempt, and leaves it with the reader (A18, A21)', async () => {
    const source = new Subject<Uint8Array>();
    const body = fromHot(source, { capacity: 1 });
    const reader = (body() as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    expect(source.observed).toBe(false);
    const waiting = reader.next();
    expect(source.observed).toBe(true);
    await reader.return?.();
    expect([source.observed, (await waiting).done]).toEqual([false, true]);
  });

  it('leaves a source that overflows within its subscribing, also one without an end (A21)', async () => {
    const readOf = (source: Observable<Uint8Array>): Promise<unknown> => {
      const reader = (fromHot(source, { capacity: 1 })() as AsyncIterable<Uint8Array>)[
        Symbol.asyncIterator
      ]();
      return reader
        .next()
        .then(() => reader.next())
        .then(() => reader.next())
        .catch((cause: unknown) => cause);
    };
    let left = 0;
    const open = new Observable<Uint8Array>((subscriber) => {
      subscriber.add(() => (left += 1));
      return concat(of(byte(1), byte(2), byte(3)), NEVER).subscribe(subscriber);
    });
    expect([isTaskError(await readOf(open), 'limit'), left]).toEqual([true, 1]);
    let made = 0;
    await readOf(range(0, Infinity).pipe(map((n) => ((made = n), byte(n)))));
    expect(made).toBeLessThan(5);
  });

  it('never subscribes a source whose reader left before it read', async () => {
    const source = new Subject<Uint8Array>();
    const reader = (fromHot(source, { capacity: 1 })() as AsyncIterable<Uint8Array>)[
      Symbol.asyncIterator
    ]();
    await reader.return?.();
    expect([(await reader.next()).done, source.observed]).toEqual([true, false]);
  });

  it('serves readers that ask before the last answer came, in their order', async () => {
    const { source, reader, first } = stalled('error', 1);
    const second = reader.next();
    source.next(byte(1));
    source.next(byte(2));
    source.complete();
    expect([(await first).value, (await second).value, (await reader.next()).done]).toEqual([
      byte(1),
      byte(2),
      true,
    ]);
  });

  it('fails with what the source fails with, behind what it had given', async () => {
    const { source, reader, first } = stalled('error', 2);
    const cause = new Error('unplugged');
    source.next(byte(1));
    source.next(byte(2));
    source.error(cause);
    expect([(await first).value, (await reader.next()).value]).toEqual([byte(1), byte(2)]);
    await expect(reader.next()).rejects.toBe(cause);
  });

  it('refuses a source, a capacity or an overflow that is none, naming it', () => {
    expect(() => fromHot(undefined as never, { capacity: 1 })).toThrow(/fromHot\.source\$/);
    expect(() => fromHot(new Subject(), { capacity: 0 })).toThrow(/fromHot\.capacity/);
    expect(() => fromHot(new Subject(), { capacity: 1, overflow: 'drop' as Overflow })).toThrow(
      /fromHot\.overflow/,
    );
  });
});
