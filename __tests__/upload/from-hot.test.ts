import { describe, expect, it } from '@jest/globals';
import { Subject } from 'rxjs';
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
  for (let result = await reader.next(); result.done !== true; result = await reader.next()) seen.push(...result.value);
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

  it('refuses a capacity or an overflow that is none', () => {
    expect(() => fromHot(new Subject(), { capacity: 0 })).toThrow(/fromHot\.capacity/);
    expect(() => fromHot(new Subject(), { capacity: 1, overflow: 'drop' as Overflow })).toThrow(/fromHot\.overflow/);
  });
});
