import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Observable, Subject } from 'rxjs';
import { type RequestBody, isTaskError, recipeBody } from '../../src/index.js';
import { type MultipartPart, multipart } from '../../src/upload/multipart-body.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const streamed = (...pieces: string[]) =>
  async function* (): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) yield await Promise.resolve(bytesOf(piece));
  };

type Recipe = RequestBody & { readonly kind: 'recipe' };
const opened = (body: RequestBody): AsyncIterator<Uint8Array> =>
  ((body as Recipe).open() as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
const boundaryOf = ({ contentType = '' }: RequestBody): string =>
  contentType.split('boundary=')[1] ?? '';

async function sent(body: RequestBody): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const reader = opened(body);
  for (let next = await reader.next(); next.done !== true; next = await reader.next())
    pieces.push(next.value);
  return Buffer.concat(pieces);
}

/** As the platform reads it. */
async function read(body: RequestBody): Promise<FormData> {
  return new Response(new Uint8Array(await sent(body)), {
    headers: { 'content-type': body.contentType ?? '' },
  }).formData();
}

describe('multipart', () => {
  it('writes texts, bytes, blobs and recipes byte for byte, and knows its length (A25)', async () => {
    const body = multipart([
      { name: 'title', value: 'Play\ntime' },
      { name: 'raw', value: Uint8Array.of(1, 2), filename: 'raw.bin' },
      { name: 'poster', value: new Blob(['png'], { type: 'image/png' }) },
      {
        name: 'film',
        value: recipeBody(streamed('fi', 'lm'), { length: 4, contentType: 'video/mp4' }),
        filename: 'film.mp4',
      },
    ]);
    const boundary = boundaryOf(body);
    const wanted =
      `--${boundary}\r\nContent-Disposition: form-data; name="title"\r\n\r\nPlay\r\ntime\r\n` +
      `--${boundary}\r\nContent-Disposition: form-data; name="raw"; filename="raw.bin"\r\nContent-Type: application/octet-stream\r\n\r\n\u0001\u0002\r\n` +
      `--${boundary}\r\nContent-Disposition: form-data; name="poster"; filename="blob"\r\nContent-Type: image/png\r\n\r\npng\r\n` +
      `--${boundary}\r\nContent-Disposition: form-data; name="film"; filename="film.mp4"\r\nContent-Type: video/mp4\r\n\r\nfilm\r\n--${boundary}--\r\n`;
    expect([textOf(await sent(body)), (body as Recipe).length, body.replayable]).toEqual([
      wanted,
      bytesOf(wanted).byteLength,
      true,
    ]);
  });

  it('has one boundary for all attempts, and a strong one of its own for each body (A25)', async () => {
    const [one, two] = [
      multipart([{ name: 'a', value: 'x' }]),
      multipart([{ name: 'a', value: 'x' }]),
    ];
    expect(textOf(await sent(one))).toBe(textOf(await sent(one)));
    expect([
      boundaryOf(one) === boundaryOf(two),
      /^----coldwire[0-9a-f]{32}$/.test(boundaryOf(one)),
    ]).toEqual([false, true]);
  });

  it('is read by the platform as what it was made of, whatever the names and texts', async () => {
    const text = fc
      .string({ unit: 'binary', maxLength: 12 })
      .map((value) => value.replace(/[\uD800-\uDFFF]/g, 'x'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(text, text, fc.boolean()), { maxLength: 5 }),
        async (fields) => {
          const parts = fields.map(([name, value, isFile]): MultipartPart =>
            isFile ? { name, value: bytesOf(value), filename: 'f' } : { name, value },
          );
          const form = [...(await read(multipart(parts)))];
          const crlf = (value: string): string => value.replace(/\r\n|\r|\n/g, '\r\n');
          const shown = await Promise.all(
            form.map(async ([name, value]) => [
              name,
              typeof value === 'string' ? value : await value.text(),
            ]),
          );
          expect(shown).toEqual(
            fields.map(([name, value, isFile]) => [
              crlf(name),
              isFile ? new TextDecoder().decode(bytesOf(value)) : crlf(value),
            ]),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  it('lets no name write a header line of its own (CVE-2026-12143)', async () => {
    const body = multipart([{ name: 'a"\r\nX-Evil: 1', value: 'x', filename: 'b"\n.png' }]);
    expect(textOf(await sent(body)).split('\r\n')[1]).toBe(
      'Content-Disposition: form-data; name="a%22%0D%0AX-Evil: 1"; filename="b%22%0A.png"',
    );
  });

  it('opens each recipe when its turn comes, once each time it is sent', async () => {
    const log: string[] = [];
    const part = (name: string): MultipartPart => ({
      name,
      value: () => (log.push(`open ${name}`), streamed(name)()),
    });
    const body = multipart([part('one'), part('two')]);
    expect(log).toEqual([]);
    const reader = opened(body);
    for (let next = await reader.next(); next.done !== true; next = await reader.next())
      log.push(textOf(next.value).trim().split('\r\n').at(-1) ?? '');
    expect(log.filter((line) => /^(open )?(one|two)$/.test(line))).toEqual([
      'open one',
      'one',
      'open two',
      'two',
    ]);
    await sent(body);
    expect(log.filter((line) => line.startsWith('open')).length).toBe(4);
  });

  it('has no length when a part has none, and cannot be sent again when a part cannot', async () => {
    const unknown = multipart([{ name: 'a', value: streamed('x') }]);
    expect([(unknown as Recipe).length, unknown.replayable]).toEqual([undefined, true]);
    const once = multipart([
      { name: 'a', value: 'x' },
      { name: 'b', value: streamed('y')() },
    ]);
    expect(once.replayable).toBe(false);
    expect((await read(once)).getAll('b')).toEqual(['y']);
    expect(() => opened(once)).toThrow(/only once/);
  });

  it.each([3, 5])(
    'fails, naming the part, when it does not keep to its length of %d',
    async (length) => {
      const body = multipart([{ name: 'a', value: recipeBody(streamed('fo', 'ur'), { length }) }]);
      await expect(sent(body)).rejects.toThrow(
        /^multipart\.parts\[0\]: its source gave (more|less) than the (3|5) bytes/,
      );
    },
  );

  it.each(['iterable', 'stream', 'observable'])(
    'lets a part go that it waits for when it is left: %s',
    async (kind) => {
      let released = 0;
      const asked = new Subject<void>();
      const wait = (): Promise<never> => (asked.next(), new Promise<never>(() => undefined));
      const sources = {
        iterable: () => ({
          next: wait,
          return: () => ((released += 1), Promise.resolve({ done: true, value: undefined })),
          [Symbol.asyncIterator]() {
            return this;
          },
        }),
        stream: () =>
          new ReadableStream<Uint8Array>(
            {
              pull: wait,
              cancel: () => {
                released += 1;
              },
            },
            { highWaterMark: 0 },
          ),
        observable: () =>
          new Observable<Uint8Array>(
            () => (
              asked.next(),
              () => {
                released += 1;
              }
            ),
          ),
      };
      const reader = opened(multipart([{ name: 'a', value: sources[kind as 'stream'] }]));
      await reader.next();
      const isAsked = new Promise<void>((resolve) => {
        asked.subscribe(resolve);
      });
      void reader.next();
      await isAsked;
      await reader.return?.();
      expect([released, (await reader.next()).done]).toEqual([1, true]);
    },
  );

  it('fails with what a part fails with, and opens no other', async () => {
    let later = 0;
    const cause = new Error('unplugged');
    const body = multipart([
      {
        name: 'a',
        value: () => {
          throw cause;
        },
      },
      { name: 'b', value: () => ((later += 1), streamed('x')()) },
    ]);
    await expect(sent(body)).rejects.toBe(cause);
    expect(later).toBe(0);
  });

  it('gives large bytes in slices, so that their progress can be seen', async () => {
    const reader = opened(multipart([{ name: 'a', value: new Uint8Array(200_000) }]));
    const sizes: number[] = [];
    for (let next = await reader.next(); next.done !== true; next = await reader.next())
      sizes.push(next.value.byteLength);
    expect(sizes.slice(1, -2)).toEqual([65_536, 65_536, 65_536, 3_392]);
  });

  it.each([
    ['x', 'multipart.parts'],
    [[null], 'multipart.parts[0]'],
    [[{ value: 'x' }], 'multipart.parts[0].name'],
    [[{ name: 'a', value: 'x' }, { name: 'b' }], 'multipart.parts[1].value'],
    [[{ name: 'a', value: { not: 'a part' } }], 'multipart.parts[0].value'],
    [[{ name: 'a', value: new FormData() }], 'multipart.parts[0].value'],
    [[{ name: 'a', value: 'x', filename: 1 }], 'multipart.parts[0].filename'],
    [
      [{ name: 'a', value: 'x', contentType: 'text/plain\r\nX-Evil: 1' }],
      'multipart.parts[0].contentType',
    ],
    [[{ name: 'a', value: 'x', type: 'text/plain' }], 'multipart.parts[0].type'],
  ])('names the part that is none: %j', (parts, field) => {
    let error: unknown;
    try {
      multipart(parts as never);
    } catch (cause) {
      error = cause;
    }
    expect(isTaskError(error, 'request') && error.field).toBe(field);
  });
});
