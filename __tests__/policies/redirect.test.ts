import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Observable, concat, of, throwError } from 'rxjs';
import {
  HeaderFields,
  type RedirectOptions,
  type TaskEvent,
  type TaskRequest,
  createClient,
} from '../../src/index.js';
import { type FakeFactory, answer, fakeFactory } from '../../src/testing/index.js';
import { tell } from '../testing/told.js';

const to = (location: string, status = 302): Observable<TaskEvent> =>
  answer.status(status, { headers: { location } });
const setUp = (
  routes: Parameters<typeof fakeFactory>[0],
  redirect?: RedirectOptions | false,
): { fake: FakeFactory; client: ReturnType<typeof createClient>; hops: () => string[] } => {
  const fake = fakeFactory(routes);
  return {
    fake,
    client: createClient({ factory: fake, ...(redirect === undefined ? {} : { redirect }) }),
    hops: () => fake.exchanges.map(({ request }) => `${request.method} ${request.url}`),
  };
};
const chunks = (...texts: string[]): TaskEvent[] =>
  texts.map((text) => ({ type: 'chunk', bytes: new TextEncoder().encode(text) }));

describe('followed redirects', () => {
  it('are events, and each hop is a new sent of the same attempt', () => {
    const { client } = setUp({
      'http://a/1': to('/2'),
      'http://a/2': to('http://b/3', 307),
      'http://b/3': answer.json(200, 'end'),
    });
    expect(tell(client.get('http://a/1').events).lines).toEqual([
      'sent 1',
      'redirecting 1',
      'sent 1',
      'redirecting 2',
      'sent 1',
      'head 200',
      'chunk "end"',
      'complete',
    ]);
  });

  it('tell the URL that answered', () => {
    const { client } = setUp({ 'http://a/1': to('2?x=1#part'), 'http://a/2': answer.json(200, 1) });
    const urls: string[] = [];
    client.get('http://a/1').response.subscribe(({ url }) => urls.push(url));
    expect(urls).toEqual(['http://a/2?x=1']);
  });

  it.each([
    [301, 'GET', 'GET'],
    [302, 'GET', 'GET'],
    [303, 'GET', 'GET'],
    [307, 'GET', 'GET'],
    [308, 'GET', 'GET'],
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
    [301, 'PUT', 'PUT'],
    [302, 'PUT', 'PUT'],
    [303, 'PUT', 'GET'],
    [307, 'PUT', 'PUT'],
    [308, 'DELETE', 'DELETE'],
    [301, 'HEAD', 'HEAD'],
    [303, 'HEAD', 'HEAD'],
    [303, 'DELETE', 'GET'],
  ])(
    'with %i turn %s into %s (RFC 9110 section 15.4), and the body goes with the method',
    (status, method, next) => {
      const { client, hops, fake } = setUp({
        'http://a/1': to('/2', status),
        'http://a/2': answer.status(204),
      });
      const body =
        method === 'POST' || method === 'PUT'
          ? {
              body: { a: 1 },
              headers: {
                'content-type': 'application/vnd.a+json',
                'content-language': 'en',
                'x-own': '1',
              },
            }
          : {};
      expect(tell(client.request({ method, url: 'http://a/1', ...body })).lines).toEqual([
        'null',
        'complete',
      ]);
      expect(hops()).toEqual([`${method} http://a/1`, `${next} http://a/2`]);
      const last = fake.exchanges[1]?.request;
      const kept = next === method && body.body !== undefined;
      expect([
        last?.body !== undefined,
        last?.headers.has('content-type'),
        last?.headers.has('content-language'),
      ]).toEqual([kept, kept, kept]);
      expect(last?.headers.has('x-own')).toBe(body.headers !== undefined);
    },
  );

  it.each([200, 201, 300, 304, 305, 306, 399])('are none with status %i', (status) => {
    const { client, fake } = setUp({
      'http://a/1': to('/2', status),
      'http://a/2': answer.status(204),
    });
    tell(client.get('http://a/1', { acceptStatus: () => true }));
    expect(fake.subscribed).toBe(1);
  });

  it('are none without a Location', () => {
    const { client } = setUp({ 'http://a/1': answer.status(302) });
    expect(tell(client.get('http://a/1')).lines).toEqual(['error status STATUS_302']);
  });

  it.each([
    ['http://a/1', 'http://a/2', true],
    ['http://a/1', 'http://b/2', false],
    ['http://a/1', 'http://a:8080/2', false],
    ['http://a/1', 'https://a/2', false],
    ['https://a/1', 'http://a/2', false],
    ['http://a/1', 'http://sub.a/2', false],
  ])('from %s to %s take the credentials along: %p', (from, target, stays) => {
    const { client, fake } = setUp({ [from]: to(target), [target]: answer.status(204) });
    const headers = {
      Authorization: 'Bearer x',
      Cookie: 'a=b',
      'Proxy-Authorization': 'Basic x',
      'X-Api-Key': 'k',
      'X-Trace': 't',
      Accept: 'text/plain',
      Range: 'bytes=0-1',
      Host: 'virtual',
    };
    tell(client.get(from, { headers }));
    const names = [...fake.exchanges[1]!.request.headers].map(([name]) => name).sort();
    expect(names).toEqual(
      stays
        ? [
            'accept',
            'authorization',
            'cookie',
            'proxy-authorization',
            'range',
            'x-api-key',
            'x-trace',
          ]
        : ['accept', 'range'],
    );
  });

  it('do not give back on the way home what was taken off abroad', () => {
    const { client, fake } = setUp({
      'http://a/1': to('http://b/2'),
      'http://b/2': to('http://a/3'),
      'http://a/3': answer.status(204),
    });
    tell(client.get('http://a/1', { headers: { Authorization: 'Bearer x' } }));
    expect(fake.exchanges.map(({ request }) => request.headers.has('authorization'))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('never take a header along to another origin that is not on the safe list', () => {
    const safe = [
      'accept',
      'accept-language',
      'accept-encoding',
      'cache-control',
      'content-language',
      'content-type',
      'pragma',
      'range',
      'user-agent',
    ];
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z-]{1,20}$/), fc.constant('v')),
        fc.constantFrom('http://b/', 'https://a/', 'http://a:81/'),
        fc.constantFrom(301, 302, 303, 307, 308),
        (headers, target, status) => {
          const { client, fake } = setUp({
            'http://a/': to(target, status),
            [target]: answer.status(204),
          });
          tell(
            client.get('http://a/', { headers: { ...headers, authorization: 'x', cookie: 'y' } }),
          );
          if (fake.subscribed < 2) return; // a header that cannot be sent
          for (const [name] of fake.exchanges[1]!.request.headers) expect(safe).toContain(name);
        },
      ),
    );
  });

  it('end after the limit, at 20 by default', () => {
    const loop = (redirect?: RedirectOptions): [number, string[]] => {
      const { client, fake } = setUp({ 'http://a/': to('http://a/') }, redirect);
      return [fake.subscribed, tell(client.get('http://a/')).lines.concat(String(fake.subscribed))];
    };
    expect(loop()).toEqual([0, ['error redirect REDIRECT_LIMIT', '21']]);
    expect(loop({ maxHops: 2 })).toEqual([0, ['error redirect REDIRECT_LIMIT', '3']]);
    expect(loop({ maxHops: 0 })).toEqual([0, ['error redirect REDIRECT_LIMIT', '1']]);
  });

  it.each([
    ['ftp://a/2', 'REDIRECT_SCHEME'],
    ['file:///etc/passwd', 'REDIRECT_SCHEME'],
    ['data:text/plain,x', 'REDIRECT_SCHEME'],
    ['javascript:alert(1)', 'REDIRECT_SCHEME'],
    ['http://user:hush@a/2', 'REDIRECT_CREDENTIALS'],
    ['http://a:99999/', 'REDIRECT_MALFORMED'],
    ['http://', 'REDIRECT_MALFORMED'],
  ])('to %s are refused: %s', (location, code) => {
    const { client, fake } = setUp({ 'http://a/1': to(location) });
    const errors: Error[] = [];
    client.get('http://a/1').subscribe({ error: (error: unknown) => errors.push(error as Error) });
    expect(errors).toEqual([expect.objectContaining({ kind: 'redirect', code, hops: 0 })]);
    expect([JSON.stringify(errors[0]), fake.subscribed]).toEqual([
      expect.not.stringContaining('hush'),
      1,
    ]);
  });

  it('are put to the guard on every hop', () => {
    const asked: string[] = [];
    const allow = (next: URL, from: URL): boolean => (
      asked.push(`${from.href} -> ${next.href}`),
      next.hostname !== '169.254.169.254'
    );
    const { client, fake } = setUp(
      { 'http://a/1': to('http://b/2'), 'http://b/2': to('http://169.254.169.254/latest') },
      { allow },
    );
    expect(tell(client.get('http://a/1')).lines).toEqual(['error redirect REDIRECT_REFUSED']);
    expect([asked, fake.subscribed]).toEqual([
      ['http://a/1 -> http://b/2', 'http://b/2 -> http://169.254.169.254/latest'],
      2,
    ]);
  });

  it('are answers like others when they are turned off', () => {
    const { client, fake } = setUp({ 'http://a/1': to('http://b/2') }, false);
    expect(tell(client.get('http://a/1')).lines).toEqual(['error status STATUS_302']);
    expect(fake.subscribed).toBe(1);
  });

  it.each([
    ['maxHops', { maxHops: -1 }],
    ['maxHops', { maxHops: 1.5 }],
    ['allow', { allow: true }],
    ['max', { max: 3 }],
  ])('refuse a wrong option %s, by name', (name, options) => {
    expect(() => createClient({ redirect: options as RedirectOptions })).toThrow(
      expect.objectContaining({ kind: 'request', field: expect.stringContaining(name) }),
    );
  });
});

describe('the body of a redirect', () => {
  const signpost = (...rest: Observable<TaskEvent>[]) =>
    concat(
      of<TaskEvent[]>(
        { type: 'sent', attempt: 1 },
        {
          type: 'head',
          head: {
            status: 307,
            statusText: '',
            url: '',
            headers: HeaderFields.from({ location: '/2' }),
          },
        },
      ),
      ...rest,
    );
  const long = of<TaskEvent[]>(...chunks(...Array.from({ length: 9 }, () => 'x'.repeat(10_000))));

  it.each([
    ['short', signpost(of(...chunks('moved')))],
    [
      'broken off',
      signpost(
        of(...chunks('mo')),
        throwError(() => new Error('reset')),
      ),
    ],
    ['longer than is read away', signpost(long, new Observable(() => undefined))],
  ])('does not get in the way when it is %s', (_what, first) => {
    const { client, fake } = setUp({ 'http://a/1': first, 'http://a/2': answer.json(200, 'end') });
    expect(tell(client.put('http://a/1', 'body')).lines).toEqual(['"end"', 'complete']);
    expect([fake.subscribed, fake.active]).toEqual([2, 0]);
  });

  it.each([
    ['short', signpost(of(...chunks('moved')))],
    [
      'broken off',
      signpost(
        of(...chunks('mo')),
        throwError(() => new Error('reset')),
      ),
    ],
    ['longer than is read away', signpost(long, new Observable(() => undefined))],
  ])('does not hide that a stream cannot be sent again, when it is %s', (_what, first) => {
    const { client, fake } = setUp({ 'http://a/1': first, 'http://a/2': answer.json(200, 'end') });
    async function* once(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(1);
    }
    expect(tell(client.put('http://a/1', once())).lines).toEqual([
      'error request BODY_NOT_REPLAYABLE',
    ]);
    expect([fake.subscribed, fake.active]).toEqual([1, 0]);
  });

  it('does not keep a stream from becoming a GET', () => {
    const { client, hops } = setUp({
      'http://a/1': to('/2', 303),
      'http://a/2': answer.json(200, 'end'),
    });
    expect(tell(client.post('http://a/1', new Blob(['x']).stream())).lines).toEqual([
      '"end"',
      'complete',
    ]);
    expect(hops()).toEqual(['POST http://a/1', 'GET http://a/2']);
  });

  it('ends with the task, unsubscribed in the middle', () => {
    const { client, fake } = setUp({ 'http://a/1': signpost(new Observable(() => undefined)) });
    const { lines, unsubscribe } = tell(client.get('http://a/1'));
    unsubscribe();
    expect([lines, fake.cancelled]).toEqual([[], 1]);
  });
});

it('hops leave the request as the policies know it', () => {
  const seen: TaskRequest[] = [];
  const { client } = setUp({ 'http://a/1': to('http://b/2'), 'http://b/2': answer.status(500) });
  const errors: { request?: { url: string } }[] = [];
  client
    .with((request, next) => (seen.push(request), next(request)))
    .get('http://a/1')
    .subscribe({ error: (error: unknown) => errors.push(error as { request?: { url: string } }) });
  expect([seen.map(({ url }) => url), errors[0]?.request?.url]).toEqual([
    ['http://a/1'],
    'http://a/1',
  ]);
});
