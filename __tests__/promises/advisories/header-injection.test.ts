import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { type ClientOptions, type RequestInput, createClient, recipeBody, xsrf } from 'coldwire';
import { loopback, type LoopbackServer } from '../../support/loopback.js';
import { everywhere, factories } from '../factories.js';
import { errorOf, outcomeOf } from '../outcome.js';

const INJECTION = 'v\r\nX-Evil: 1';
const SPLITS = [
  'a\r\nb',
  'a\nb',
  'a\rb',
  'a\u0000b',
  'a\u0008b',
  'a\u007fb',
  'a\u2028b',
  'a\u010db',
  'a\u0a0db',
];

describe.each(everywhere)('a header field, over %s', (way) => {
  const factory = factories[way]();
  let server: LoopbackServer;
  beforeEach(async () => {
    server = await loopback();
  });
  afterEach(() => server.stop());

  const refused = async (
    input: Partial<RequestInput>,
    options: ClientOptions = {},
  ): Promise<void> => {
    const error = await errorOf(
      createClient({ factory, ...options }).request({ url: server.url, ...input }),
    );
    expect(error.kind).toBe('request');
    await server.barrier();
    expect(server.requests).toHaveLength(0);
  };

  it.each(SPLITS)(
    'with the value %j is refused before anything is sent, not cleaned (CVE-2026-40175, GHSA-fvcv-3m26-pcqx, undici CVE-2022-31150)',
    async (value) => {
      await refused({ headers: { 'x-a': value } });
      await refused({ headers: [['x-a', value]] });
      await refused({ headers: { 'x-a': ['good', value] } });
    },
  );

  it.each([
    'content-type',
    'host',
    'cookie',
    'upgrade',
    'connection',
    'authorization',
    'proxy-authorization',
    'user-agent',
    'expect',
  ])(
    '%s is no exception (undici CVE-2022-35948, CVE-2023-23936, CVE-2026-1527, CVE-2026-15157)',
    async (name) => {
      await refused({ method: 'POST', body: 'x', headers: { [name]: INJECTION } });
    },
  );

  it.each(['', 'a b', 'a:b', 'a\r\nb', 'a\u0000', 'ä', '(x)', 'a\n'])(
    'named %j is refused',
    async (name) => {
      await refused({ headers: { [name]: 'v' } });
    },
  );

  it('of a client is refused when the client is made, one of a function on each request', async () => {
    expect(() => createClient({ headers: { 'x-a': INJECTION } })).toThrow(
      expect.objectContaining({ kind: 'request', field: 'headers.x-a' }),
    );
    await refused({}, { headers: () => ({ 'x-a': INJECTION }) });
  });

  it('set by an interceptor is refused as well (CVE-2026-67319)', async () => {
    await refused(
      {},
      {
        interceptors: [
          (request, next) =>
            next(request.clone({ headers: request.headers.set('x-a', INJECTION) })),
        ],
      },
    );
  });

  it('made of a media type or a cookie is refused or encoded, never split (undici CVE-2022-35948)', async () => {
    expect(() => recipeBody(() => (async function* () {})(), { contentType: INJECTION })).toThrow(
      expect.objectContaining({ field: 'body.contentType' }),
    );
    const file = new Blob(['x']);
    Object.defineProperty(file, 'type', { value: INJECTION });
    await refused({ method: 'POST', body: file });
    const cookies = 'XSRF-TOKEN=a%0D%0AX-Evil: 1';
    await outcomeOf(
      createClient({ factory, xsrf: { cookies: () => cookies, origin: server.url } }).get(
        server.url,
      ),
    );
    expect(server.requests[0]?.headers).toMatchObject({ 'x-xsrf-token': 'a%0D%0AX-Evil: 1' });
    expect(server.requests[0]?.headers).not.toHaveProperty('x-evil');
    expect(typeof xsrf).toBe('function');
  });

  it('that is wrong does not show its value in the error (OkHttp CVE-2023-0833)', async () => {
    for (const name of ['authorization', 'x-anything']) {
      const error = await errorOf(
        createClient({ factory }).get(server.url, {
          headers: { [name]: 'Bearer hunter22\n' + 'x\ny' },
        }),
      );
      expect(
        [error.message, error.stack, JSON.stringify(error), inspect(error, { depth: 9 })].join(),
      ).not.toContain('hunter22');
    }
  });

  it('for the framing of the body is refused: the length is computed (undici CVE-2026-1525)', async () => {
    for (const headers of [
      { 'content-length': '1' },
      { 'Content-Length': '1' },
      { 'transfer-encoding': 'chunked' },
      { 'Transfer-ENCODING': 'gzip' },
    ]) {
      await refused({ method: 'POST', body: 'abc', headers });
    }
    await outcomeOf(createClient({ factory }).post(server.url, 'äbc'));
    expect(server.requests[0]?.headers['content-length']).toBe('4');
    expect(server.requests[0]?.headers['transfer-encoding']).toBeUndefined();
  });

  it('for the framing is computed anew when an interceptor sets one', async () => {
    const client = createClient({
      factory,
      interceptors: [
        (request, next) =>
          next(
            request.clone({
              headers: request.headers
                .set('content-length', '1')
                .set('transfer-encoding', 'chunked'),
            }),
          ),
      ],
    });
    await outcomeOf(client.post(server.url, 'abc'));
    const [seen] = server.requests;
    if (seen !== undefined) {
      expect(seen.headers['content-length']).toBe('3');
      expect((await seen.body()).toString()).toBe('abc');
      expect(
        seen.rawHeaders.filter((name) => name.toLowerCase() === 'content-length'),
      ).toHaveLength(1);
      expect(seen.headers['transfer-encoding']).toBeUndefined();
    }
  });
});
