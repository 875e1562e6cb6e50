import { describe, expect, it } from '@jest/globals';
import { Subject, catchError, firstValueFrom, of } from 'rxjs';
import * as v from 'valibot';
import { z } from 'zod';
import {
  type Decoder,
  type Interceptor,
  HeaderFields,
  type StandardSchema,
  type TaskErrorOf,
  asBlob,
  asBytes,
  asJson,
  asText,
  createClient,
  taskError,
} from '../../src/index.js';
import { answer, createTestController, expectOutcome } from '../../src/testing/index.js';
import { tell } from '../testing/told.js';

const response = (body: Uint8Array | string, type?: string) => ({
  status: 200,
  statusText: '',
  url: 'http://h/',
  headers: HeaderFields.from(type === undefined ? {} : { 'content-type': type }),
  body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
});
const clientOf = (publisher: ReturnType<typeof answer.hang>) =>
  createClient({ factory: { make: () => publisher } });

describe('a body', () => {
  it.each([
    ['{"a":[1,"é"]}', { a: [1, 'é'] }],
    ['"text"', 'text'],
    ['0', 0],
    ['null', null],
    ['', null],
    ['\ufeff{"a":1}', { a: 1 }],
    ['{"__proto__":{"polluted":true}}', JSON.parse('{"__proto__":{"polluted":true}}')],
  ])('of %j is JSON', (body, value) => {
    expect(asJson(response(body))).toEqual(value);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each([
    [new TextEncoder().encode('é'), 'text/plain', 'é'],
    [new TextEncoder().encode('\ufeffé'), 'text/plain;charset=UTF-8', 'é'],
    [Uint8Array.of(0xe9), 'text/plain; charset=iso-8859-1', 'é'],
    [Uint8Array.of(0xe9), 'text/plain; CharSet="windows-1252"', 'é'],
    [Uint8Array.of(0x82, 0xa0), 'text/plain; boundary=x; charset=shift_jis', 'あ'],
    [Uint8Array.of(0x41, 0xff), 'text/plain', 'A\ufffd'],
    [Uint8Array.of(), 'text/plain; charset=nonsense', undefined],
  ])('of %p as %s is text in its charset', (bytes, type, text) => {
    if (text !== undefined) expect(asText(response(bytes, type))).toBe(text);
    else
      expect(() => asText(response(bytes, type))).toThrow(
        expect.objectContaining({ kind: 'decode', code: 'DECODE_CHARSET' }),
      );
  });

  it('whose charset nobody knows is not called bad JSON', () => {
    expect(() => asJson(response('{}', 'application/json; charset=klingon'))).toThrow(
      expect.objectContaining({ code: 'DECODE_CHARSET' }),
    );
  });

  it('may be bytes or a Blob', async () => {
    const bytes = Uint8Array.of(1, 2);
    expect(asBytes(response(bytes))).toBe(bytes);
    const blob = asBlob(response(bytes, 'image/png'));
    expect([blob.type, [...new Uint8Array(await blob.arrayBuffer())]]).toEqual([
      'image/png',
      [1, 2],
    ]);
  });

  it('that is malformed is a decode error with the response, its head and the request', async () => {
    const outcome = await expectOutcome(
      clientOf(
        answer.text(200, '{"a":', { headers: { 'content-type': 'application/json', etag: '"1"' } }),
      ).get('http://h/x'),
    );
    const error = (outcome as { error: TaskErrorOf<'decode'> }).error;
    expect(error).toMatchObject({
      kind: 'decode',
      code: 'DECODE_JSON',
      issues: [],
      request: { url: 'http://h/x' },
    });
    expect([
      error.head?.headers.get('etag'),
      new TextDecoder().decode(error.response?.body),
      (error.cause as Error).name,
    ]).toEqual(['"1"', '{"a":', 'SyntaxError']);
  });
});

describe('a decoder of one’s own', () => {
  const decoded = <T>(decode: Decoder<T>) =>
    tell(clientOf(answer.json(201, 2, { headers: { 'x-n': '3' } })).get('http://h/', { decode }));

  it('is given the whole response', () => {
    expect(
      decoded(({ status, headers, body }) => [status, headers.get('x-n'), body.byteLength]).lines,
    ).toEqual(['[201,"3",1]', 'complete']);
  });

  it.each<[string, () => unknown, string]>([
    [
      'an error',
      () => {
        throw new RangeError('mine');
      },
      'error decode DECODE_FAILED',
    ],
    [
      'nothing',
      () => {
        throw undefined;
      },
      'error decode DECODE_FAILED',
    ],
    [
      'an error of the union',
      () => {
        throw taskError('limit', { which: 'event', maxBytes: 1 }, { code: 'LIMIT_EVENT' });
      },
      'error limit LIMIT_EVENT',
    ],
  ])('that throws %s fails the task', (_what, decode, line) => {
    expect(decoded(decode).lines).toEqual([line]);
  });

  it('may take its time, and is not waited for by who has left', async () => {
    const late = new Subject<string>();
    const task = clientOf(answer.json(200, 1)).get('http://h/', {
      decode: () => firstValueFrom(late),
    });
    const { lines } = tell(task);
    const left = tell(task);
    left.unsubscribe();
    expect(lines).toEqual([]);
    late.next('late');
    await expectOutcome(of(1));
    await new Promise<void>((resolve) => {
      queueMicrotask(() => queueMicrotask(resolve));
    });
    expect([lines, left.lines]).toEqual([['"late"', 'complete'], []]);
  });

  it('may reject, and a value that is delivered late after an abort is none', async () => {
    const outcome = await expectOutcome(
      clientOf(answer.json(200, 1)).get('http://h/', {
        decode: () => Promise.reject(new Error('mine')),
      }),
    );
    expect(outcome).toMatchObject({
      ok: false,
      error: { kind: 'decode', code: 'DECODE_FAILED', cause: { message: 'mine' } },
    });
    const abort = new AbortController();
    const late = new Subject<string>();
    const aborted = expectOutcome(
      clientOf(answer.json(200, 1)).get('http://h/', {
        signal: abort.signal,
        decode: () => firstValueFrom(late),
      }),
    );
    abort.abort();
    late.next('too late');
    expect(await aborted).toMatchObject({ ok: false, error: { kind: 'aborted' }, values: [] });
  });

  it('may return what other libraries call a promise', async () => {
    const thenable = {
      then: (done: (value: string) => void) => done('value'),
    } as unknown as Promise<string>;
    expect(
      await firstValueFrom(
        clientOf(answer.json(200, 1)).get('http://h/', { decode: () => thenable }),
      ),
    ).toBe('value');
  });

  it('leaves a value alone that only has a member named then', async () => {
    expect(
      await firstValueFrom(clientOf(answer.json(200, { then: 'later' })).get('http://h/')),
    ).toEqual({ then: 'later' });
  });
});

describe('a schema', () => {
  const schemas: Readonly<Record<string, StandardSchema<{ name: string; age: number }>>> = {
    zod: z.object({ name: z.string(), age: z.number() }),
    valibot: v.object({ name: v.string(), age: v.number() }),
    'asynchronous valibot': v.objectAsync({
      name: v.string(),
      age: v.pipeAsync(
        v.number(),
        v.checkAsync(() => Promise.resolve(true)),
      ),
    }),
  };

  it.each(Object.entries(schemas))('of %s types and checks the body', async (_name, decode) => {
    const good = await firstValueFrom(
      clientOf(answer.json(200, { name: 'Ada', age: 36, more: 1 })).get('http://h/', { decode }),
    );
    expect([good.name.toUpperCase(), good.age]).toEqual(['ADA', 36]);
    const { error } = (await expectOutcome(
      clientOf(answer.json(200, { name: 'Ada', age: 'old' })).get('http://h/x', { decode }),
    )) as { error: TaskErrorOf<'decode'> };
    expect(error).toMatchObject({
      kind: 'decode',
      code: 'DECODE_SCHEMA',
      request: { url: 'http://h/x' },
      issues: [{ path: ['age'], message: expect.any(String) }],
    });
    expect([error.message, new TextDecoder().decode(error.response?.body)]).toEqual([
      expect.stringContaining('at age'),
      '{"name":"Ada","age":"old"}',
    ]);
  });

  it('may make another value of the body', async () => {
    const decode = z.object({ at: z.string() }).transform(({ at }) => new Date(at));
    expect(
      await firstValueFrom(
        clientOf(answer.json(200, { at: '2026-01-02' })).get('http://h/', { decode }),
      ),
    ).toEqual(new Date('2026-01-02'));
  });

  it('that throws instead of answering is a decode error too', () => {
    const broken: StandardSchema = {
      '~standard': {
        version: 1,
        vendor: 'x',
        validate: () => {
          throw new Error('broken');
        },
      },
    };
    const odd: StandardSchema = {
      '~standard': { version: 1, vendor: 'x', validate: () => undefined as never },
    };
    for (const decode of [broken, odd])
      expect(tell(clientOf(answer.json(200, 1)).get('http://h/', { decode })).lines).toEqual([
        'error decode DECODE_FAILED',
      ]);
  });

  it('may be a function that is a schema', async () => {
    const decode = Object.assign(() => 'not me', {
      '~standard': { version: 1 as const, vendor: 'x', validate: (value: unknown) => ({ value }) },
    });
    expect(await firstValueFrom(clientOf(answer.json(200, 7)).get('http://h/', { decode }))).toBe(
      7,
    );
  });
});

describe('a body that is collected', () => {
  it('starts anew with every sent, the head too', () => {
    const controller = createTestController();
    const again: Interceptor = (request, next) =>
      next(request).pipe(catchError(() => next(request.clone({ attempt: 2 }))));
    const client = createClient({ factory: controller.factory, interceptors: [again] });
    const { lines } = tell(client.get('http://h/'));
    const first = controller.expectOne('/');
    first.head(200);
    first.chunk('[1,');
    first.fail('CONNECTION_RESET');
    controller.expectOne('/').json(200, [2]);
    expect(lines).toEqual(['[2]', 'complete']);
  });

  it('is one array of all its chunks, which bytes hands on as they are', () => {
    const controller = createTestController();
    const sizes: number[][] = [];
    const task = createClient({ factory: controller.factory }).get('http://h/', {
      decode: asBytes,
    });
    task.subscribe((bytes) => sizes.push([...bytes]));
    task.bytes.subscribe((bytes) => sizes.push([...bytes]));
    for (const held of controller.match('/')) {
      held.chunk(Uint8Array.of(1));
      held.chunk(Uint8Array.of(2, 3));
      held.complete();
    }
    expect(sizes).toEqual([[1, 2, 3], [1], [2, 3]]);
  });
});
