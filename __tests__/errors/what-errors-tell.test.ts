import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  HeaderFields,
  type TaskErrorKind,
  type TaskErrorOf,
  TaskRequest,
  taskError,
} from '../../src/index.js';
import { withPrevious } from '../../src/errors/task-error.js';
import { withoutSecrets } from '../../src/errors/without-secrets.js';

const request = new TaskRequest({
  method: 'POST',
  url: 'https://h/x?page=1&token=hush-url',
  headers: HeaderFields.from({ Authorization: 'Bearer hush-bearer', 'X-Trace': '7' }),
});
const response = (
  body: string,
  headers: Record<string, string> = { 'content-type': 'text/plain' },
) => ({
  status: 503,
  statusText: '',
  url: 'https://h/x',
  headers: HeaderFields.from(headers),
  body: new TextEncoder().encode(body),
});
const status = (body: string, headers?: Record<string, string>): TaskErrorOf<'status'> =>
  taskError(
    'status',
    { status: 503, response: response(body, headers) },
    { request, code: 'STATUS_503', message: 'answered 503' },
  );

describe('what an error tells', () => {
  const hushed = (error: Error): string =>
    [
      error.message,
      error.stack,
      JSON.stringify(error),
      inspect(error),
      inspect(error, { showHidden: true, depth: 9 }),
    ].join('\n');

  it.each([
    ['a body that echoes the credential', () => status('you sent hush-bearer')],
    [
      'a header that echoes it',
      () => status('', { 'content-type': 'text/plain', 'x-echo': 'hush-bearer' }),
    ],
    [
      'a body that hands one out',
      () => status('{"access_token": "hush-new', { 'content-type': 'application/json' }),
    ],
    [
      'a body that hands out an escaped one',
      () => status('{"password":"a\\"hush-quoted","ok":1}', { 'content-type': 'application/json' }),
    ],
    [
      'a cause that quotes the request',
      () =>
        taskError(
          'network',
          { sent: true },
          { request, cause: new Error('Bearer hush-bearer was refused') },
        ),
    ],
    [
      'a message that quotes it',
      () => taskError('auth', {}, { request, message: 'no luck with hush-bearer' }),
    ],
    [
      'a validator that quotes it',
      () =>
        taskError(
          'decode',
          { head: undefined, response: undefined, issues: [{ message: 'not hush-bearer' }] },
          { request },
        ),
    ],
    [
      'a reason that quotes it',
      () => taskError('aborted', { reason: 'hush-url is stale' }, { request }),
    ],
    [
      'an earlier attempt',
      () => withPrevious(taskError('auth', {}, { request }), [status('hush-bearer')]),
    ],
  ])('keeps a secret in %s', (_what, make) => {
    expect(hushed(make())).not.toMatch(/hush-/);
  });

  it('is at most 8 KB of JSON, whatever it is made of', () => {
    const wild = fc.record({
      headers: fc.dictionary(
        fc.stringMatching(/^[a-z]{1,3000}$/),
        fc.oneof(
          fc.constant('"\u00ff\\'.repeat(900)),
          fc.string({
            unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)),
            maxLength: 900,
          }),
        ),
        { maxKeys: 80 },
      ),
      text: fc.oneof(
        fc.string({ unit: 'binary', maxLength: 9000 }),
        fc.constant('\u0001"'.repeat(9000)),
      ),
      path: fc.string({ unit: 'grapheme', maxLength: 5000 }),
    });
    fc.assert(
      fc.property(wild, ({ headers, text, path }) => {
        const asked = new TaskRequest({
          url: `https://h/${path}`,
          headers: HeaderFields.from(headers),
        });
        const cause = Object.assign(new Error(text), { code: text });
        const init = { request: asked, message: text, code: text, cause };
        const errors = [
          taskError(
            'status',
            {
              status: 500,
              response: {
                ...response(text),
                headers: HeaderFields.from({ ...headers, 'content-type': 'text/plain' }),
              },
            },
            init,
          ),
          taskError(
            'decode',
            {
              head: undefined,
              response: undefined,
              issues: Array.from({ length: 99 }, () => ({ message: text, path: [text, 1] })),
            },
            init,
          ),
          taskError('redirect', { location: text, hops: 1 }, init),
          taskError('aborted', { reason: text }, init),
          taskError('request', { field: text }, init),
        ];
        for (const error of errors) {
          const all = withPrevious(
            error,
            Array.from({ length: 9 }, () => errors[0]!),
          );
          expect(Buffer.byteLength(JSON.stringify(all))).toBeLessThanOrEqual(8192);
          expect(inspect(all).length).toBeLessThan(20_000);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('does not fail on a cause or a reason that cannot be read', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const sulky = Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('no');
      },
    });
    for (const odd of [
      proxy,
      sulky,
      Object.create(null),
      Symbol('s'),
      Object.assign(new Error('x'), { message: Symbol('s'), name: 7 }),
    ]) {
      expect(() =>
        JSON.stringify(taskError('aborted', { reason: odd }, { cause: odd })),
      ).not.toThrow();
    }
  });

  it.each<[TaskErrorKind, TaskErrorOf<TaskErrorKind>, object]>([
    ['request', taskError('request', { field: 'url' }), { field: 'url' }],
    ['network', taskError('network', { sent: false }), { sent: false }],
    ['timeout', taskError('timeout', { phase: 'idle', afterMs: 5 }), { phase: 'idle', afterMs: 5 }],
    [
      'redirect',
      taskError('redirect', { location: 'http://h/', hops: 2 }),
      { location: 'http://h/', hops: 2 },
    ],
    ['limit', taskError('limit', { which: 'line', maxBytes: 9 }), { which: 'line', maxBytes: 9 }],
    [
      'decode',
      taskError('decode', {
        head: undefined,
        response: undefined,
        issues: [{ message: 'no', path: ['a', 0] }],
      }),
      { issues: [{ message: 'no', path: 'a.0' }] },
    ],
    ['auth', taskError('auth', {}), {}],
    [
      'file',
      taskError('file', { path: '/a.part', destination: '/a' }),
      { path: '/a.part', destination: '/a' },
    ],
    ['aborted', taskError('aborted', { reason: new Error('left') }), { reason: 'Error: left' }],
  ])('says what is special about %s', (kind, error, special) => {
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'TaskError',
      kind,
      code: kind.toUpperCase(),
      message: kind,
      ...special,
    });
  });
});

describe('an error from which one more secret is taken', () => {
  it('hides it beside those of its request', () => {
    const clean = withoutSecrets(status('hush-bearer and hush-more'), ['hush-more']) as Error;
    expect(JSON.stringify(clean)).toContain('[redacted] and [redacted]');
    expect(inspect(clean)).not.toContain('hush');
  });
});
