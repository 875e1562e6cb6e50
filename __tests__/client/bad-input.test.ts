import { describe, expect, it } from '@jest/globals';
import {
  type Client,
  type ClientOptions,
  HeaderFields,
  type Interceptor,
  type RequestInput,
  type TaskRequestParts,
  authenticate,
  axiosFactory,
  basic,
  bearer,
  catchKind,
  createClient,
  deadline,
  dedupe,
  limitConcurrency,
  logTasks,
  recipeBody,
  retryTransient,
  toCurl,
  xsrf,
} from '../../src/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { tell } from '../testing/told.js';

const fake = fakeFactory(() => answer.status(204));
const hushed = (error: Error): Error => {
  expect(`${error.message}${JSON.stringify(error)}`).not.toContain('hush');
  return error;
};

describe('a client is refused when it is made', () => {
  it.each<[string, unknown]>([
    ['options', null],
    ['options', 'https://h'],
    ['basUrl', { basUrl: 'https://h' }],
    ['__proto__', JSON.parse('{"__proto__": {"baseUrl": "https://h"}}')],
    ['baseUrl', { baseUrl: 'not a URL' }],
    ['baseUrl', { baseUrl: 'https://user:hush@h' }],
    ['baseUrl', { baseUrl: 7 }],
    ['allowAbsoluteUrls', { allowAbsoluteUrls: 'false' }],
    ['headers', { headers: { 'a b': 'x' } }],
    ['headers.authorization', { headers: { Authorization: 'Bearer hush\r\nX-Evil: 1' } }],
    ['headers', { headers: 'a: b' }],
    ['factory', { factory: {} }],
    ['factory', { factory: () => undefined }],
    ['interceptors', { interceptors: () => undefined }],
    ['interceptors[1]', { interceptors: [() => undefined, {}] }],
    ['context', { context: { token: 'x' } }],
    ['context', { context: [undefined] }],
    ['scheduler', { scheduler: {} }],
    ['random', { random: 0.5 }],
    ['redirect.max', { redirect: { max: 3 } }],
    ['redirect.maxHops', { redirect: { maxHops: NaN } }],
    ['redirect.allow', { redirect: { allow: /h/ } }],
    ['limits.bytes', { limits: { bytes: 3 } }],
    ['limits.bufferedBytes', { limits: { bufferedBytes: -1 } }],
    ['limits.errorBodyBytes', { limits: { errorBodyBytes: NaN } }],
    ['xsrf.cookie', { xsrf: { cookie: 'x' } }],
    ['xsrf.origin', { xsrf: { origin: 7 } }],
    ['xsrf', { xsrf: 'X-XSRF' }],
    ['redirect', { redirect: 5 }],
    ['redirect', { redirect: null }],
    ['limits', { limits: null }],
    ['limits', { limits: 1_000 }],
    ['factory', { factory: null }],
    ['scheduler', { scheduler: null }],
  ])('for a wrong %s, by name: %j', (field, options) => {
    const make = (): Client => createClient(options as ClientOptions);
    expect(make).toThrow(expect.objectContaining({ kind: 'request', field }));
    if (options !== null && field !== 'options')
      expect(() => createClient().with(options as ClientOptions)).toThrow(
        expect.objectContaining({ kind: 'request', field }),
      );
    try {
      make();
    } catch (error) {
      hushed(error as Error);
    }
  });
});

describe('options are refused where they are given', () => {
  const { request } = createClient().get('http://h/');
  it.each<[string, (given: never) => unknown, unknown]>([
    ['options', dedupe, null],
    ['options', dedupe, 5],
    ['options', (given) => limitConcurrency(1, given), null],
    ['options', (given) => limitConcurrency(1, given), 10],
    ['options', (given) => logTasks(() => undefined, given), null],
    ['options', (given) => basic('ada', 'hush', given), null],
    ['options', (given) => toCurl(request, given), true],
    ['xsrf', xsrf, null],
    ['axiosFactory', axiosFactory, null],
    ['retry', retryTransient, null],
    ['retry.scheduler', retryTransient, { scheduler: null }],
    ['deadline', deadline, null],
    ['deadline.scheduler', deadline, { totalMs: 1, scheduler: null }],
    ['scheduler', (given) => logTasks(() => undefined, given), { scheduler: {} }],
    ['scheduler', authenticate, { apply: bearer, scheduler: 'async' }],
    ['apply', authenticate, {}],
    ['kinds', (given) => catchKind(given, () => []), null],
    ['kinds', (given) => catchKind(given, () => []), ['timeout', 'toString']],
    ['body', (given) => recipeBody(() => new ReadableStream(), given), null],
    ['body.size', (given) => recipeBody(() => new ReadableStream(), given), { size: 5 }],
    [
      'body.contentType',
      (given) => recipeBody(() => new ReadableStream(), given),
      { contentType: 7 },
    ],
  ])('a wrong %s, by name: %p of %p', (field, make, given) => {
    expect(() => make(given as never)).toThrow(expect.objectContaining({ kind: 'request', field }));
  });
});

describe('a request fails before anything is sent, on the error channel', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  it.each<[string, unknown]>([
    ['request', null],
    ['request', 'https://h/'],
    ['url', {}],
    ['url', { url: Symbol('u') }],
    ['url', { url: Object.create(null) }],
    ['url', { url: 'http://' }],
    ['url', { url: '//other.example/' }],
    ['url', { url: 'https://user:hush@other.example/' }],
    ['verb', { url: '/', verb: 'GET' }],
    ['__proto__', { url: '/', ...JSON.parse('{"__proto__": {"method": "POST"}}') }],
    ['method', { url: '/', method: 'GET /x HTTP/1.1\r\nX: y' }],
    ['method', { url: '/', method: '' }],
    ['method', { url: '/', method: 'CONNECT' }],
    ['method', { url: '/', method: 7 }],
    ['body', { url: '/', body: 'x' }],
    ['body', { url: '/', method: 'head', body: null }],
    ['body', { url: '/', method: 'POST', body: circle }],
    ['params', { url: '/', params: 'a=1' }],
    ['params', { url: '/', params: circle }],
    ['headers', { url: '/', headers: { 'X-Tr ace': '1' } }],
    ['headers.x-trace', { url: '/', headers: { 'X-Trace': 'hush\n' + 'x' } }],
    ['headers.x-trace', { url: '/', headers: { 'X-Trace': {} } }],
    ['headers.content-length', { url: '/', headers: { 'Content-Length': '5' } }],
    ['headers.content-length', { url: '/', headers: { 'Transfer-Encoding': 'chunked' } }],
    ['context', { url: '/', context: {} }],
    ['context', { url: '/', context: [null] }],
    ['signal', { url: '/', signal: {} }],
    ['signal', { url: '/', signal: null }],
    ['decode', { url: '/', decode: 'json' }],
    ['acceptStatus', { url: '/', acceptStatus: 404 }],
    ['cache', { url: '/', cache: 'default' }],
  ])('for a wrong %s, by name: %p', (field, input) => {
    const before = fake.subscribed;
    const errors: Error[] = [];
    const task = createClient({ baseUrl: 'https://h', factory: fake }).request(
      input as RequestInput,
    );
    for (const view of [task, task.response, task.events, task.bytes])
      view.subscribe({ error: (error: unknown) => errors.push(hushed(error as Error)) });
    expect(errors).toHaveLength(4);
    expect(errors[0]).toEqual(expect.objectContaining({ kind: 'request', field }));
    expect(fake.subscribed).toBe(before);
  });

  it('also when a function gives the wrong headers, at each attempt', () => {
    const client = createClient({ factory: fake, headers: () => ({ 'X-Trace': 'a\r\nb' }) });
    expect(tell(client.get('http://h/')).lines).toEqual(['error request INVALID_OPTION']);
  });

  it('and never throws where the task is made', () => {
    const client = createClient({ factory: fake });
    for (const make of [
      () => client.get(undefined as never),
      () => client.post('http://h/', 1n as never),
      () => client.request(undefined as never),
    ])
      expect(make).not.toThrow();
  });
});

describe('what is said on the way is held to the same', () => {
  const sends = (changes: Partial<TaskRequestParts>): readonly string[] => {
    const before = fake.subscribed;
    const interceptor: Interceptor = (request, next) => next(request.clone(changes));
    const inTheList = createClient({
      factory: fake,
      interceptors: [retryTransient(), interceptor],
    });
    const { request } = createClient().get('http://h/');
    const told = [
      tell(inTheList.get('http://h/')),
      tell(createClient({ factory: fake }).get('http://h/').with(interceptor).bytes),
      tell(createClient({ factory: fake }).request(request.clone(changes))),
    ];
    expect(fake.subscribed).toBe(before);
    expect(new Set(told.flatMap(({ lines }) => lines)).size).toBe(1);
    return told.flatMap(({ lines }) => lines);
  };

  it.each([
    ['Content-Length', '5'],
    ['content-length', '0'],
    ['Transfer-Encoding', 'chunked'],
  ])('no %s: %s of an interceptor or of another client reaches a publisher', (name, value) => {
    const headers = HeaderFields.from({ [name]: value });
    expect(sends({ headers })).toEqual(Array(3).fill('error request INVALID_HEADER'));
  });

  it('nor that of a function that gives header fields for each attempt', () => {
    const before = fake.subscribed;
    const client = createClient({ factory: fake, headers: () => ({ 'Content-Length': '3' }) });
    const errors: unknown[] = [];
    client.post('http://h/', 'abc').subscribe({ error: (error) => errors.push(error) });
    expect(errors).toEqual([
      expect.objectContaining({ kind: 'request', field: 'headers.content-length' }),
    ]);
    expect(fake.subscribed).toBe(before);
  });

  it.each(['GET /x HTTP/1.1\r\nX: y', '', 'CONNECT', 'track'])('no method %j either', (method) => {
    expect(sends({ method })).toEqual(Array(3).fill('error request INVALID_OPTION'));
  });
});

it('a method is sent in upper case, whatever it is (A7)', () => {
  const methods = fakeFactory(() => answer.status(204));
  const client = createClient({ factory: methods });
  for (const method of ['get', 'Patch', 'PROPFIND', 'x-custom'])
    tell(client.request({ method, url: 'http://h/' }));
  for (const task of [
    client.get('http://h/'),
    client.head('http://h/'),
    client.options('http://h/'),
    client.delete('http://h/'),
    client.post('http://h/'),
    client.put('http://h/'),
    client.patch('http://h/'),
  ])
    tell(task);
  expect(methods.exchanges.map(({ request }) => request.method)).toEqual([
    'GET',
    'PATCH',
    'PROPFIND',
    'X-CUSTOM',
    'GET',
    'HEAD',
    'OPTIONS',
    'DELETE',
    'POST',
    'PUT',
    'PATCH',
  ]);
});
