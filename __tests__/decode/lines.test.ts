import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Observable, Subject, from, lastValueFrom, toArray } from 'rxjs';
import { z } from 'zod';
import { jsonLines } from '../../src/decode/json-lines.js';
import { lines } from '../../src/decode/lines.js';
import { isTaskError } from '../../src/errors/task-error.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function cut(bytes: Uint8Array, ...at: number[]): Uint8Array[] {
  const marks = [0, ...[...at].sort((a, b) => a - b), bytes.byteLength];
  return marks.slice(1).map((end, index) => bytes.slice(marks[index], end));
}

const all = <T>(source: Observable<T>): Promise<T[]> => lastValueFrom(source.pipe(toArray()));
const failure = (source: Observable<unknown>): Promise<unknown> => lastValueFrom(source).catch((cause: unknown) => cause);

describe('lines()', () => {
  const text = '\uFEFFeins\nzwei é€😀\r\ndrei\rvier\n\n\r\r\n\uFEFFfünf';
  const wanted = ['eins', 'zwei é€😀', 'drei', 'vier', '', '', '', '\uFEFFfünf'];

  it('cuts at LF, CR and CRLF, whatever the two places the chunks are cut at (B13)', async () => {
    const bytes = bytesOf(text);
    for (let first = 0; first <= bytes.byteLength; first++) {
      for (let second = first; second <= bytes.byteLength; second++) {
        expect(await all(from(cut(bytes, first, second)).pipe(lines()))).toEqual(wanted);
      }
    }
  });

  it('delivers a last line without an end, and none after a last line end (B13)', async () => {
    expect(await all(from([bytesOf('a\nb')]).pipe(lines()))).toEqual(['a', 'b']);
    expect(await all(from([bytesOf('a\nb\n')]).pipe(lines()))).toEqual(['a', 'b']);
    expect(await all(from([] as Uint8Array[]).pipe(lines()))).toEqual([]);
  });

  it('gives the lines of any text cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }).map((line) => line.replace(/[\r\n\uFEFF]/g, '').replace(/[\uD800-\uDFFF]/g, 'x'))), fc.array(fc.nat(200)), async (texts, marks) => {
        const bytes = bytesOf(texts.map((line) => `${line}\n`).join(''));
        const at = marks.filter((mark) => mark <= bytes.byteLength);
        expect(await all(from(cut(bytes, ...at)).pipe(lines()))).toEqual(texts);
      }),
    );
  });

  it('keeps what it holds over chunks also when the chunk is written over', async () => {
    const source = new Subject<Uint8Array>();
    const result = all(source.pipe(lines()));
    const chunk = bytesOf('half');
    source.next(chunk);
    chunk.fill(0x78);
    source.next(bytesOf('\n'));
    source.complete();
    expect(await result).toEqual(['half']);
  });

  it('fails with a limit error for a line beyond the bound, in one chunk or in many, and not at the bound', async () => {
    const long = bytesOf('12345678');
    expect(await all(from([long]).pipe(lines({ maxBytes: 8 })))).toEqual(['12345678']);
    for (const chunks of [[long], cut(long, 3, 5), [bytesOf('12345678\n')]]) {
      const error = await failure(from(chunks).pipe(lines({ maxBytes: 7 })));
      expect(isTaskError(error, 'limit') && [error.which, error.maxBytes]).toEqual(['line', 7]);
    }
  });

  it('has a bound of 1 MB a line by default', async () => {
    const error = await failure(from([new Uint8Array(1_000_001).fill(0x61)]).pipe(lines()));
    expect(isTaskError(error, 'limit') && error.maxBytes).toBe(1_000_000);
  });

  it('refuses a bound that is none', () => {
    for (const maxBytes of [0, -1, Number.NaN, 1.5]) expect(() => lines({ maxBytes })).toThrow(/lines\.maxBytes/);
  });

  it('leaves its source in the middle of a burst', () => {
    const source = new Subject<Uint8Array>();
    const seen: string[] = [];
    const subscription = source.pipe(lines()).subscribe((line) => {
      seen.push(line);
      subscription.unsubscribe();
    });
    source.next(bytesOf('a\nb\nc\n'));
    expect([seen, source.observed]).toEqual([['a'], false]);
  });
});

describe('jsonLines()', () => {
  it('parses each line and passes over empty ones', async () => {
    expect(await all(from([bytesOf('{"a":1}\n\n[2]\r\nnull\n'), bytesOf('"x"')]).pipe(jsonLines()))).toEqual([{ a: 1 }, [2], null, 'x']);
  });

  it('names the line that is not JSON', async () => {
    const error = await failure(from([bytesOf('1\n\n{oops\n3\n')]).pipe(jsonLines()));
    expect(isTaskError(error, 'decode') && [error.code, error.message]).toEqual(['DECODE_JSON', 'line 3 is not JSON']);
  });

  it('has a schema check each value, and infers its type', async () => {
    const Tick = z.object({ price: z.number() });
    const prices: number[] = (await all(from([bytesOf('{"price":1}\n{"price":2}\n')]).pipe(jsonLines(Tick)))).map((tick) => tick.price);
    expect(prices).toEqual([1, 2]);
    const error = await failure(from([bytesOf('{"price":1}\n{"price":"2"}\n')]).pipe(jsonLines(Tick)));
    expect(isTaskError(error, 'decode') && [error.code, error.issues[0]?.path]).toEqual(['DECODE_SCHEMA', ['price']]);
  });

  it('keeps the order where the schema answers later', async () => {
    const Slow = z.number().refine(async (value) => Promise.resolve(value > 0));
    expect(await all(from([bytesOf('1\n2\n3\n')]).pipe(jsonLines(Slow)))).toEqual([1, 2, 3]);
  });
});
