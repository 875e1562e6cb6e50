import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { of } from 'rxjs';
import {
  type BodyInput,
  type ByteSource,
  type RequestBody,
  createClient,
  recipeBody,
} from '../../src/index.js';
import { encodeBody } from '../../src/http/body.js';

const bytes = new Uint8Array([1, 2]);
const refused = expect.objectContaining({ code: 'BODY_NOT_REPLAYABLE', field: 'body' });
async function* generated(): AsyncGenerator<Uint8Array> {
  yield bytes;
}
const opener = (body: RequestBody | undefined): (() => ByteSource) =>
  (body as RequestBody & { kind: 'recipe' }).open;

describe('a body', () => {
  it.each<[string, unknown, Partial<RequestBody> & object]>([
    ['text', 'hi', { kind: 'text', text: 'hi', contentType: 'text/plain;charset=UTF-8' }],
    ['an empty text', '', { kind: 'text', text: '' }],
    ['a record', { a: 1 }, { kind: 'text', text: '{"a":1}', contentType: 'application/json' }],
    ['a list', [1], { kind: 'text', text: '[1]' }],
    ['null', null, { kind: 'text', text: 'null' }],
    ['a number', 7, { kind: 'text', text: '7' }],
    ['false', false, { kind: 'text', text: 'false' }],
    [
      'a form',
      new URLSearchParams({ a: 'b c' }),
      {
        kind: 'text',
        text: 'a=b+c',
        contentType: 'application/x-www-form-urlencoded;charset=UTF-8',
      },
    ],
    ['bytes', bytes, { kind: 'bytes', bytes, contentType: 'application/octet-stream' }],
    ['a buffer', bytes.buffer, { kind: 'bytes', bytes }],
    [
      'a window on a buffer',
      new DataView(bytes.buffer, 1),
      { kind: 'bytes', bytes: bytes.subarray(1) },
    ],
    ['a Blob', new Blob(['x'], { type: 'text/css' }), { kind: 'blob', contentType: 'text/css' }],
    [
      'a Blob without a type',
      new Blob(['x']),
      { kind: 'blob', contentType: 'application/octet-stream' },
    ],
    ['multipart', new FormData(), { kind: 'form', contentType: undefined }],
    [
      'a record that has the names of a stream',
      JSON.parse('{"getReader":1,"subscribe":2,"pipe":3,"next":4}'),
      { kind: 'text', text: '{"getReader":1,"subscribe":2,"pipe":3,"next":4}' },
    ],
  ])('of %s can be sent again', (_what, input, body) => {
    expect(encodeBody(input)).toMatchObject({ ...body, replayable: true, value: input });
  });

  it.each<[string, () => unknown]>([
    ['a generator', () => generated()],
    ['a ReadableStream', () => new Blob(['x']).stream()],
    ['a Node stream', () => Readable.from([bytes])],
    ['an Observable', () => of(bytes)],
  ])(
    'of %s can be sent once: the second time is an error, never an empty body (L6)',
    (_what, make) => {
      const source = make();
      const body = encodeBody(source);
      expect([body?.kind, body?.replayable]).toEqual(['recipe', false]);
      expect(opener(body)()).toBe(source);
      expect(opener(body)).toThrow(refused);
    },
  );

  it.each<[string, () => unknown]>([
    ['a generator', () => generated()],
    ['a ReadableStream', () => new Blob(['x']).stream()],
    ['a Node stream', () => Readable.from([bytes])],
  ])('of %s that another request has opened is refused (L6)', (_what, make) => {
    const source = make() as ByteSource;
    opener(encodeBody(source))();
    expect(opener(encodeBody(source))).toThrow(refused);
    expect(opener(encodeBody(() => source))).toThrow(refused);
  });

  it('by a recipe is opened anew each time', () => {
    const body = encodeBody(generated);
    expect([body?.replayable, body?.contentType, opener(body)() === opener(body)()]).toEqual([
      true,
      'application/octet-stream',
      false,
    ]);
  });

  it.each<[string, () => ByteSource]>([
    ['a generator', () => generated()],
    ['a ReadableStream', () => new Blob(['x']).stream()],
    ['a Node stream', () => Readable.from([bytes])],
  ])(
    'by a recipe that hands out the same %s again is refused the second time (L6)',
    (_what, make) => {
      const source = make();
      const open = opener(encodeBody(() => source));
      expect(open()).toBe(source);
      expect(open).toThrow(refused);
    },
  );

  it('by a recipe may be one iterable or one Observable that starts anew each time', () => {
    const iterable = { [Symbol.asyncIterator]: generated };
    for (const source of [iterable, of(bytes)]) {
      const open = opener(encodeBody(() => source));
      expect([open(), open()]).toEqual([source, source]);
    }
  });

  it('that has been read, or is being read, is refused', async () => {
    const ended = Readable.from([bytes]);
    for await (const chunk of ended) expect(chunk).toBe(bytes);
    const locked = new Blob(['x']).stream();
    locked.getReader();
    for (const source of [ended, locked]) expect(opener(encodeBody(source))).toThrow(refused);
  });

  it('that is encoded already stays as it is', () => {
    const body = recipeBody(generated, { length: 2, contentType: 'video/mp4' });
    expect(encodeBody(body)).toBe(body);
    expect(body).toMatchObject({
      kind: 'recipe',
      length: 2,
      contentType: 'video/mp4',
      replayable: true,
      value: generated,
    });
  });

  it('that only looks encoded is JSON', () => {
    expect(
      encodeBody({ kind: 'text', text: 'x', contentType: 'a/b', replayable: true }),
    ).toMatchObject({ contentType: 'application/json' });
  });

  it.each<[string, unknown]>([
    [
      'a circle',
      (() => {
        const circle: unknown[] = [];
        circle.push(circle);
        return circle;
      })(),
    ],
    ['a BigInt', 1n],
    ['a symbol', Symbol('x')],
    [
      'what throws when it is written',
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
    ],
    ['what writes itself as nothing', { toJSON: () => undefined }],
  ])('of %s is refused, and nothing is sent', (_what, body) => {
    const errors: unknown[] = [];
    createClient({
      factory: {
        make: () => {
          throw new Error('sent');
        },
      },
    })
      .post('http://h/', body as BodyInput)
      .subscribe({ error: (error: unknown) => errors.push(error) });
    expect(errors).toEqual([
      expect.objectContaining({ kind: 'request', code: 'INVALID_BODY', field: 'body' }),
    ]);
  });

  it.each([
    ['length', { length: -1 }],
    ['length', { length: 1.5 }],
    ['length', { length: NaN }],
  ])('of a wrong %s is refused', (_what, about) => {
    expect(() => recipeBody(generated, about)).toThrow(
      expect.objectContaining({ code: 'INVALID_BODY' }),
    );
  });
});
