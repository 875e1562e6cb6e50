import { describe, expect, it } from '@jest/globals';
import { Subject, firstValueFrom, of } from 'rxjs';
import {
  type Decoder,
  HeaderFields,
  type TaskErrorOf,
  asBlob,
  asBytes,
  asJson,
  asText,
  createClient,
  taskError,
} from '../../src/index.js';
import { answer, expectOutcome } from '../../src/testing/index.js';
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
