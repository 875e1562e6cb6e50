import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Subject } from 'rxjs';
import { InvalidInput } from '../../src/http/invalid-input.js';
import { type BoundEnd, boundStream } from '../../src/upload/bound-stream.js';

const open = (input: () => unknown): AsyncIterableIterator<Uint8Array> =>
  (input() as AsyncIterable<Uint8Array>)[
    Symbol.asyncIterator
  ]() as AsyncIterableIterator<Uint8Array>;
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('boundStream', () => {
  it('takes no more than fits and says how much (A10, A15)', () => {
    const { output } = boundStream({ bufferBytes: 4 });
    expect(output.write(bytes(1, 2, 3))).toBe(3);
    expect(output.write(bytes(4, 5, 6))).toBe(1);
    expect(output.freeBytes).toBe(0);
  });

  it('takes nothing while it is full (A14)', async () => {
    const { output, input } = boundStream({ bufferBytes: 2 });
    output.write(bytes(1, 2));
    expect(output.write(bytes(3))).toBe(0);
    output.close();
    const reader = open(input);
    expect((await reader.next()).value).toEqual(bytes(1, 2));
    expect((await reader.next()).done).toBe(true);
  });

  it('takes the bytes of a view of any kind, and counts them as bytes (A15)', async () => {
    const words = Uint16Array.of(0x0101, 0x0202, 0x0303);
    for (const view of [
      words.subarray(1),
      new DataView(words.buffer, 2),
      Buffer.from([2, 2, 3, 3]),
    ]) {
      const { output, input } = boundStream({ bufferBytes: 3 });
      expect(output.write(view as Uint8Array)).toBe(3);
      expect((await open(input).next()).value).toEqual(bytes(2, 2, 3));
    }
  });

  it('tells of space at subscribe and at each change from full to not full, never in between (A12)', async () => {
    const { output, input } = boundStream({ bufferBytes: 2 });
    const reader = open(input);
    let ready = 0;
    output.ready$.subscribe(() => ready++);
    expect(ready).toBe(1);
    output.write(bytes(1));
    await reader.next();
    expect(ready).toBe(1);
    output.write(bytes(1, 2));
    await reader.next();
    expect(ready).toBe(2);
  });

  it('tells a late subscriber nothing while it is full, and the state otherwise (A13)', () => {
    const { output } = boundStream({ bufferBytes: 1 });
    output.write(bytes(1));
    let ready = 0;
    output.ready$.subscribe(() => ready++);
    expect(ready).toBe(0);
  });

  it('hands every byte on in order, whatever the sizes of writes and buffer (A8)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 16 }),
        fc.array(fc.uint8Array({ maxLength: 40 })),
        async (bufferBytes, messages) => {
          const { output, input } = boundStream({ bufferBytes });
          const received: number[] = [];
          const reading = (async () => {
            for await (const chunk of { [Symbol.asyncIterator]: () => open(input) }) {
              expect(chunk.byteLength).toBeLessThanOrEqual(bufferBytes);
              received.push(...chunk);
            }
          })();
          for (let message of messages) {
            while (message.byteLength > 0) {
              const taken = output.write(message);
              message = message.subarray(taken);
              if (taken === 0) await Promise.resolve();
            }
          }
          output.close();
          await reading;
          expect(received).toEqual(messages.flatMap((message) => [...message]));
        },
      ),
    );
  });

  it('ends the producer when the reader leaves, and takes nothing more (A16, A21)', async () => {
    const { output, input } = boundStream({ bufferBytes: 8 });
    const source = new Subject<Uint8Array>();
    output.add(source.subscribe((chunk) => output.write(chunk)));
    const ends: BoundEnd[] = [];
    output.end$.subscribe((end) => ends.push(end));
    const reader = open(input);
    source.next(bytes(1));
    await reader.next();
    await reader.return?.();
    expect([source.observed, output.closed, output.write(bytes(2)), ends]).toEqual([
      false,
      true,
      0,
      [{ how: 'abandoned' }],
    ]);
  });

  it('fails the reader with the cause that the writer gave', async () => {
    const { output, input } = boundStream({ bufferBytes: 8 });
    const reader = open(input);
    const waiting = reader.next();
    const cause = new Error('the microphone is gone');
    output.error(cause);
    await expect(waiting).rejects.toBe(cause);
  });

  it('can be read only once: the second opening names the body', () => {
    const { input } = boundStream({ bufferBytes: 1 });
    open(input);
    expect(() => open(input)).toThrow(InvalidInput);
  });

  it('keeps two pairs apart (A17)', async () => {
    const [one, two] = [boundStream({ bufferBytes: 1 }), boundStream({ bufferBytes: 1 })];
    one.output.write(bytes(1));
    two.output.write(bytes(2));
    expect([(await open(one.input).next()).value, (await open(two.input).next()).value]).toEqual([
      bytes(1),
      bytes(2),
    ]);
  });

  it('serves readers that ask before the last answer came, in their order', async () => {
    const { output, input } = boundStream({ bufferBytes: 8 });
    const reader = open(input);
    const both = [reader.next(), reader.next()];
    output.write(bytes(1));
    expect((await both[0])?.value).toEqual(bytes(1));
    output.write(bytes(2));
    output.close();
    expect((await both[1])?.value).toEqual(bytes(2));
    expect((await reader.next()).done).toBe(true);
  });

  it('leaves nothing behind of one who no longer waits for the end (A21)', () => {
    const { output } = boundStream({ bufferBytes: 1 });
    let told = 0;
    const watching = output.end$.subscribe(() => told++);
    watching.unsubscribe();
    output.close();
    expect(told).toBe(0);
    output.end$.subscribe(() => told++);
    expect(told).toBe(1);
  });

  it('takes bytes and nothing else, naming what it was given', () => {
    const { output } = boundStream({ bufferBytes: 4 });
    expect(() => output.write('text' as never)).toThrow(/boundStream\.write/);
    expect(output.freeBytes).toBe(4);
  });

  it('loses no turn of a writer that fills, drains and closes within its own notice (A12)', async () => {
    const { output, input } = boundStream({ bufferBytes: 2 });
    let left = [bytes(1, 2), bytes(3, 4), bytes(5)];
    output.ready$.subscribe(() => {
      const [next, ...rest] = left;
      if (next === undefined) output.close();
      else {
        output.write(next);
        left = rest;
        if (rest.length === 0) output.close();
      }
    });
    const received: number[] = [];
    for await (const chunk of { [Symbol.asyncIterator]: () => open(input) })
      received.push(...chunk);
    expect(received).toEqual([1, 2, 3, 4, 5]);
  });

  it('refuses a size that is none, naming it', () => {
    for (const bufferBytes of [0, -1, 1.5, Number.NaN])
      expect(() => boundStream({ bufferBytes })).toThrow(/boundStream\.bufferBytes/);
  });
});
