import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Client, createClient, deadline, retryTransient } from 'coldwire';
import { loopback, type LoopbackServer } from '../../support/loopback.js';
import { everywhere, factories } from '../factories.js';
import { outcomeOf } from '../outcome.js';

/**
 * What some other package's bug may have hung on every object, with values that hurt where a library reads its options
 * through the prototype. Each is tried alone, against a request that must go out and come back as if it were not there.
 */
const GADGETS: Readonly<Record<string, (evil: LoopbackServer) => readonly unknown[]>> = {
  auth: () => [{ username: 'evil', password: 'evil' }],
  baseURL: (evil) => [evil.url],
  baseUrl: (evil) => [evil.url],
  url: (evil) => [evil.url],
  allowAbsoluteUrls: () => [true, false],
  socketPath: () => ['/nowhere/evil.sock'],
  allowedSocketPaths: () => ['/nowhere/evil.sock'],
  beforeRedirect: () => [evilFunction],
  beforeRedirects: () => [{ proxy: evilFunction, auth: evilFunction }],
  maxRedirects: () => [5],
  sensitiveHeaders: () => [['evil']],
  insecureHTTPParser: () => [true],
  transport: () => [{ request: evilFunction }],
  httpAgent: () => [{ addRequest: evilFunction }],
  agent: () => [{ addRequest: evilFunction }],
  httpVersion: () => [2],
  http2Options: () => [{}],
  lookup: () => [evilFunction],
  family: () => [6],
  localAddress: () => ['127.0.0.9'],
  getHeaders: () => [() => ({ 'x-evil': '1' })],
  append: () => [evilFunction],
  pipe: () => [evilFunction],
  validateStatus: () => [() => true, null],
  withXSRFToken: () => [true],
  parseReviver: () => [() => 'evil'],
  proxy: (evil) => [{ host: '127.0.0.1', port: evil.port, protocol: 'http' }],
  transformRequest: () => [[evilFunction], evilFunction],
  transformResponse: () => [[() => 'evil'], () => 'evil'],
  transitional: () => [{ silentJSONParsing: true }],
  paramsSerializer: () => [() => 'evil=1', { serialize: () => 'evil=1' }],
  params: () => [{ evil: '1' }],
  data: () => ['evil'],
  body: () => ['evil'],
  method: () => ['DELETE'],
  headers: () => [{ 'x-evil': '1' }, () => ({ 'x-evil': '1' })],
  common: () => [{ 'x-evil': '1' }],
  'x-evil': () => ['1', '1\r\nHost: 169.254.169.254'],
  authorization: () => ['Basic evil'],
  'content-length': () => ['0'],
  adapter: () => [evilFunction, 'evil', ['evil']],
  factory: () => [{ make: evilFunction }],
  interceptors: () => [[evilFunction]],
  signal: () => [AbortSignal.abort()],
  cancelToken: () => [
    {
      promise: Promise.resolve(),
      subscribe: evilFunction,
      throwIfRequested: evilFunction,
      reason: 'evil',
    },
  ],
  timeout: () => [1],
  responseType: () => ['arraybuffer', 'evil'],
  responseEncoding: () => ['hex'],
  decompress: () => [false],
  maxContentLength: () => [1],
  maxBodyLength: () => [1],
  maxRate: () => [1],
  onUploadProgress: () => [evilFunction],
  onDownloadProgress: () => [evilFunction],
  env: () => [
    { fetch: evilFunction, Request: evilFunction, Response: evilFunction, FormData: evilFunction },
  ],
  formSerializer: () => [{ visitor: evilFunction }],
  redirect: () => [false],
  allow: () => [() => false],
  maxHops: () => [0],
  limits: () => [{ bufferedBytes: 1 }],
  bufferedBytes: () => [1],
  context: () => [[{ token: {}, value: 1 }]],
  scheduler: () => [{ schedule: evilFunction }],
  decode: () => [() => 'evil'],
  acceptStatus: () => [() => false],
  cache: () => ['reload'],
  delivery: () => ['streamed'],
  flow: () => [{ open: false }],
  attempt: () => [7],
  rejectUnauthorized: () => [false],
  status: () => [200],
  // our own policies'
  maxAttempts: () => [1, 100],
  baseDelayMs: () => [100_000],
  maxRetryAfterMs: () => [0],
  budget: () => [false],
  unsafe: () => [true],
  methods: () => [['POST']],
  statuses: () => [[404]],
  when: () => [evilFunction],
  random: () => [evilFunction],
  connectMs: () => [0],
  responseMs: () => [0],
  idleMs: () => [0],
  totalMs: () => [0],
  length: () => [1],
  contentType: () => ['text/evil'],
};

function evilFunction(): never {
  throw new Error('evil code ran');
}

async function polluted(name: string, value: unknown, work: () => Promise<void>): Promise<void> {
  Object.defineProperty(Object.prototype, name, {
    value,
    configurable: true,
    writable: true,
    enumerable: false,
  });
  try {
    await work();
  } finally {
    delete (Object.prototype as Record<string, unknown>)[name];
  }
}

const ADVISORIES =
  'CVE-2026-42264, CVE-2026-42033, CVE-2026-42035, CVE-2026-42041, CVE-2026-42042, CVE-2026-42044, CVE-2026-44489, CVE-2026-44490, ' +
  'CVE-2026-44494, CVE-2026-44495, CVE-2026-67314, CVE-2026-67316, CVE-2026-67319, CVE-2026-67320, CVE-2026-40175';

describe.each(everywhere)(`with a polluted prototype, over %s (${ADVISORIES})`, (way) => {
  const factory = factories[way]();
  let server: LoopbackServer;
  let evil: LoopbackServer;
  let usual: Client;
  beforeEach(async () => {
    evil = await loopback(() => ({ json: 'evil' }));
    server = await loopback((request) => {
      if (request.url === '/go') return { status: 302, headers: { location: '/there' } };
      return request.url === '/no' ? { status: 404 } : { json: { key: 'value' } };
    });
    usual = make();
  });
  afterEach(() => Promise.all([server.stop(), evil.stop()]));

  const make = (): Client =>
    createClient({
      factory,
      baseUrl: server.url,
      interceptors: [
        deadline({ totalMs: 60_000 }),
        retryTransient({}),
        (request, next) => next(request.clone({ headers: request.headers.set('x-clone', '1') })),
      ],
    });

  const unharmed = async (): Promise<void> => {
    for (const client of [usual, make(), createClient({ factory, baseUrl: server.url })]) {
      const from = server.requests.length;
      const got = await outcomeOf(client.get('/go'));
      expect(got).toEqual({ values: [{ key: 'value' }], completed: true, error: undefined });
      expect(await outcomeOf(client.post('/there', { some: 'body' }))).toMatchObject({
        values: [{ key: 'value' }],
      });
      expect((await outcomeOf(client.get('/no'))).error).toMatchObject({
        kind: 'status',
        status: 404,
      });
      const seen = server.requests.slice(from);
      expect(seen.map((request) => `${request.method} ${request.url}`)).toEqual([
        'GET /go',
        'GET /there',
        'POST /there',
        'GET /no',
      ]);
      expect((await seen[2]?.body())?.toString()).toBe('{"some":"body"}');
      expect(JSON.stringify(seen.map((request) => request.rawHeaders))).not.toMatch(
        /evil|authorization|no-cache/i,
      );
    }
    expect(evil.connections.opened).toBe(0);
  };

  it.each(Object.keys(GADGETS))('%s is nobody’s option', async (name) => {
    for (const value of GADGETS[name]?.(evil) ?? []) await polluted(name, value, unharmed);
  });

  it('an own __proto__ in options, headers, params or a body neither pollutes nor crashes (CVE-2026-25639, GHSA-43fc-jf86-j433)', async () => {
    const poison = JSON.parse(
      '{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}}',
    ) as object;
    expect(() => createClient(poison)).toThrow(expect.objectContaining({ kind: 'request' }));
    for (const input of [poison, { headers: poison }, { params: poison }])
      await outcomeOf(usual.get('/x', input as object));
    await outcomeOf(usual.post('/x', poison));
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
    const posted = server.requests.find((request) => request.method === 'POST');
    expect((await posted?.body())?.toString()).toBe(JSON.stringify(poison));
  });

  it('a header called __proto__ or constructor from a server is a header like any other (CVE-2023-26136)', async () => {
    await server.stop();
    server = await loopback((_request, response) => {
      response.writeHead(
        200,
        [
          ['__proto__', 'a'],
          ['constructor', 'b'],
          ['content-length', '0'],
        ].flat(),
      );
      response.end();
    });
    const { values } = await outcomeOf(createClient({ factory }).get(server.url).response);
    expect(values[0]?.headers.get('constructor')).toBe('b');
    expect(values[0]?.headers.get('hasOwnProperty')).toBeUndefined();
    expect(({} as { a?: string }).a).toBeUndefined();
  });

  it('a JSON body with __proto__ gives a value that pollutes nothing', async () => {
    await server.stop();
    server = await loopback(() => ({
      headers: { 'content-type': 'application/json' },
      body: '{"__proto__":{"polluted":"yes"}}',
    }));
    await outcomeOf(createClient({ factory }).get(server.url));
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  });
});
