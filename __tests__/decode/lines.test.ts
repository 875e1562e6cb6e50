import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Observable, Subject, firstValueFrom, from, lastValueFrom, take, toArray } from 'rxjs';
import { z } from 'zod';
import { jsonLines } from '../../src/decode/json-lines.js';
import { lines } from '../../src/decode/lines.js';
import {
  type Flow,
  HeaderFields,
  type TaskEvent,
  createClient,
  isTaskError,
} from '../../src/index.js';
import { answer } from '../../src/testing/index.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function cut(bytes: Uint8Array, ...at: number[]): Uint8Array[] {
  const marks = [0, ...[...at].sort((a, b) => a - b), bytes.byteLength];
  return marks.slice(1).map((end, index) => bytes.slice(marks[index], end));
}

const all = <T>(source: Observable<T>): Promise<T[]> => lastValueFrom(source.pipe(toArray()));
const failure = (source: Observable<unknown>): Promise<unknown> =>
  lastValueFrom(source).catch((cause: unknown) => cause);

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
      fc.asyncProperty(
        fc.array(
          fc
            .string({ unit: 'binary' })
            .map((line) => line.replace(/[\r\n\uFEFF]/g, '').replace(/[\uD800-\uDFFF]/g, 'x')),
        ),
        fc.array(fc.nat(200)),
        async (texts, marks) => {
          const bytes = bytesOf(texts.map((line) => `${line}\n`).join(''));
          const at = marks.filter((mark) => mark <= bytes.byteLength);
          expect(await all(from(cut(bytes, ...at)).pipe(lines()))).toEqual(texts);
        },
      ),
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
    for (const maxBytes of [0, -1, Number.NaN, 1.5])
      expect(() => lines({ maxBytes })).toThrow(/lines\.maxBytes/);
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
    expect(
      await all(from([bytesOf('{"a":1}\n\n[2]\r\nnull\n'), bytesOf('"x"')]).pipe(jsonLines())),
    ).toEqual([{ a: 1 }, [2], null, 'x']);
  });

  it('names the line that is not JSON', async () => {
    const error = await failure(from([bytesOf('1\n\n{oops\n3\n')]).pipe(jsonLines()));
    expect(isTaskError(error, 'decode') && [error.code, error.message]).toEqual([
      'DECODE_JSON',
      'line 3 is not JSON',
    ]);
  });

  it('has a schema check each value, and infers its type', async () => {
    const Tick = z.object({ price: z.number() });
    const prices: number[] = (
      await all(from([bytesOf('{"price":1}\n{"price":2}\n')]).pipe(jsonLines(Tick)))
    ).map((tick) => tick.price);
    expect(prices).toEqual([1, 2]);
    const error = await failure(
      from([bytesOf('{"price":1}\n{"price":"2"}\n')]).pipe(jsonLines(Tick)),
    );
    expect(isTaskError(error, 'decode') && [error.code, error.issues[0]?.path]).toEqual([
      'DECODE_SCHEMA',
      ['price'],
    ]);
  });

  it('names the line that does not fit, or at which the schema threw', async () => {
    const misfit = await failure(from([bytesOf('1\n\n"x"\n')]).pipe(jsonLines(z.number())));
    expect(isTaskError(misfit, 'decode') && misfit.message).toMatch(
      /^line 3 does not fit its schema: /,
    );
    for (const oops of [
      () => {
        throw new Error('oops');
      },
      () => Promise.reject(new Error('oops')),
    ]) {
      const schema = { '~standard': { version: 1, vendor: 't', validate: oops } } as const;
      const error = await failure(from([bytesOf('\n7\n')]).pipe(jsonLines(schema)));
      expect(isTaskError(error, 'decode') && [error.code, error.message]).toEqual([
        'DECODE_FAILED',
        'the schema threw at line 2: oops',
      ]);
    }
  });

  it('speaks of the request behind a task, in each of its errors', async () => {
    const client = createClient({
      factory: { make: () => answer.text(200, '{"a":1}\nxxxxxxxxxxxxxxxx\n') },
    });
    const { bytes } = client.get('http://t/feed');
    for (const operator of [
      jsonLines(),
      jsonLines(z.string()),
      jsonLines(undefined, { maxBytes: 8 }),
    ]) {
      const error = await failure(bytes.pipe(operator));
      expect(isTaskError(error) && error.request?.url).toBe('http://t/feed');
    }
  });

  it('holds the server back while a schema takes its time, and delivers in order', async () => {
    const events = new Subject<TaskEvent>();
    let flow: Flow | undefined;
    const client = createClient({
      factory: { make: (request) => ((flow = request.flow), events) },
    });
    const answers: (() => void)[] = [];
    const schema = {
      '~standard': {
        version: 1,
        vendor: 't',
        validate: (value: unknown) =>
          new Promise<{ value: unknown }>((resolve) =>
            answers.push(() => {
              resolve({ value });
            }),
          ),
      },
    } as const;
    const told = new Subject<unknown>();
    client
      .get('http://t/')
      .bytes.pipe(jsonLines(schema))
      .subscribe({ next: (value) => told.next(value), complete: () => told.next('end') });
    events.next({
      type: 'head',
      head: { status: 200, statusText: '', headers: HeaderFields.empty, url: '' },
    });
    const states = [flow?.paused];
    events.next({ type: 'chunk', bytes: bytesOf('1\n2\n3') });
    events.complete();
    for (const wanted of [1, 2, 3]) {
      states.push(flow?.paused);
      const next = firstValueFrom(told);
      answers.shift()?.();
      expect(await next).toBe(wanted);
    }
    expect(states).toEqual([false, true, true, true]);
  });

  it('ends behind the last value that a schema took its time for, and leaves a check that nobody waits for', async () => {
    const slow = z.number().refine(async (value) => Promise.resolve(value > 0));
    const seen: unknown[] = [];
    const result = from([bytesOf('1\n2\n')]).pipe(jsonLines(slow), take(1));
    seen.push(...(await all(result)), ...(await all(from([bytesOf('3')]).pipe(jsonLines(slow)))));
    expect(seen).toEqual([1, 3]);
  });

  it('names an option of its own that is wrong', () => {
    expect(() => jsonLines(undefined, { maxBytes: 0 })).toThrow(/jsonLines\.maxBytes/);
    expect(() => jsonLines({ maxBytes: 5 } as never)).toThrow(/jsonLines\.schema/);
  });

  it('keeps the order where the schema answers later', async () => {
    const Slow = z.number().refine(async (value) => Promise.resolve(value > 0));
    expect(await all(from([bytesOf('1\n2\n3\n')]).pipe(jsonLines(Slow)))).toEqual([1, 2, 3]);
  });
});
