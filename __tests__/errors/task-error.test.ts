import { inspect, types } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import {
  HeaderFields,
  type TaskErrorOf,
  TaskRequest,
  isTaskError,
  taskError,
} from '../../src/index.js';
import { withPrevious, withRequest } from '../../src/errors/task-error.js';

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

describe('a task error', () => {
  it('is an Error, told apart by kind and a stable code (D6)', () => {
    const error = taskError(
      'network',
      { sent: false },
      { request, code: 'CONNECTION_REFUSED', message: 'refused' },
    );
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.kind, error.code, error.sent]).toEqual([
      'TaskError',
      'network',
      'CONNECTION_REFUSED',
      false,
    ]);
    expect(error.message).toBe('POST https://h/x?page=1&token=[redacted]: refused');
    expect([
      isTaskError(error),
      isTaskError(error, 'network'),
      isTaskError(error, 'timeout'),
    ]).toEqual([true, true, false]);
  });

  it('has a JSON that is the same each time and compares by value (D6)', () => {
    const one = (): unknown => JSON.parse(JSON.stringify(status('busy')));
    expect(one()).toEqual(one());
    expect(one()).toEqual({
      name: 'TaskError',
      kind: 'status',
      code: 'STATUS_503',
      status: 503,
      message: 'POST https://h/x?page=1&token=[redacted]: answered 503',
      request: {
        method: 'POST',
        url: 'https://h/x?page=1&token=[redacted]',
        headers: { authorization: '[redacted]', 'x-trace': '7' },
      },
      response: {
        url: 'https://h/x',
        headers: { 'content-type': 'text/plain' },
        bodyBytes: 4,
        body: 'busy',
      },
    });
  });

  it('is known across two copies of the package', () => {
    const foreign = Object.defineProperty(
      Object.assign(new Error('x'), { kind: 'timeout' }),
      Symbol.for('coldwire.TaskError'),
      { value: true },
    );
    expect([
      isTaskError(foreign),
      isTaskError(foreign, 'timeout'),
      isTaskError(foreign, 'auth'),
    ]).toEqual([true, true, false]);
  });

  it.each([undefined, null, 0, 'x', {}, [], new Error('x'), Object.create(null)])(
    'is not %p',
    (value) => {
      expect(isTaskError(value)).toBe(false);
    },
  );

  it('keeps the original in cause', () => {
    const cause = new RangeError('low');
    expect(taskError('network', { sent: true }, { cause }).cause).toBe(cause);
    expect('cause' in taskError('network', { sent: true })).toBe(false);
  });
});

describe('earlier errors', () => {
  const first = taskError('network', { sent: true }, { request, code: 'CONNECTION_RESET' });

  it('stand in previous of a new error, the old one left as it was', () => {
    const last = status('busy');
    const both = withPrevious(last, [first]);
    expect([both.previous, last.previous, both.message, both.stack, both.response]).toEqual([
      [first],
      [],
      last.message,
      last.stack,
      last.response,
    ]);
    expect(withPrevious(last, [])).toBe(last);
    expect(withPrevious(last, [first, last]).previous).toEqual([first]);
  });

  it('leave it a real Error with its face', () => {
    const both = withPrevious(status('busy'), [first]);
    expect([
      types.isNativeError(both),
      both instanceof Error,
      isTaskError(both, 'status'),
      Object.prototype.toString.call(both),
    ]).toEqual([true, true, true, '[object Error]']);
    expect(JSON.parse(JSON.stringify(both))).toMatchObject({
      kind: 'status',
      response: { body: 'busy' },
      previous: [{ kind: 'network', code: 'CONNECTION_RESET' }],
    });
    expect(inspect(both)).toContain('CONNECTION_RESET');
  });

  it('give an error its request, if it has none yet', () => {
    const bare = taskError(
      'limit',
      { which: 'line', maxBytes: 3 },
      { code: 'LIMIT_LINE', message: 'too long', cause: 'c' },
    );
    const told = withRequest(bare, request);
    expect(told).toMatchObject({
      kind: 'limit',
      which: 'line',
      maxBytes: 3,
      code: 'LIMIT_LINE',
      cause: 'c',
      request: { method: 'POST' },
    });
    expect(told.message).toBe('POST https://h/x?page=1&token=[redacted]: too long');
    expect(withRequest(told, new TaskRequest({ url: 'http://other/' }))).toBe(told);
  });
});
