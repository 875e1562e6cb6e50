import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Client, createClient } from 'coldwire';
import { loopback, type LoopbackServer } from '../../support/loopback.js';
import { outcomeOf } from '../outcome.js';

/**
 * What some other package's bug may have hung on every object, with values that hurt where a library reads its options
 * through the prototype. Each is tried alone, against a request that must go out and come back as if it were not there.
 */
const GADGETS: Readonly<Record<string, { readonly advisory: string; readonly values: (evil: LoopbackServer) => readonly unknown[] }>> = {
  auth: { advisory: 'CVE-2026-42264', values: () => [{ username: 'evil', password: 'evil' }] },
  baseURL: { advisory: 'CVE-2026-42033', values: (evil) => [evil.url] },
  baseUrl: { advisory: 'CVE-2026-42033', values: (evil) => [evil.url] },
  url: { advisory: 'CVE-2026-42033', values: (evil) => [evil.url] },
  allowAbsoluteUrls: { advisory: 'CVE-2026-42033', values: () => [true, false] },
  socketPath: { advisory: 'CVE-2026-42035', values: () => ['/nowhere/evil.sock'] },
  allowedSocketPaths: { advisory: 'CVE-2026-42035', values: () => ['/nowhere/evil.sock'] },
  beforeRedirect: { advisory: 'CVE-2026-42041', values: () => [evilFunction] },
  beforeRedirects: { advisory: 'CVE-2026-42041', values: () => [{ proxy: evilFunction, auth: evilFunction }] },
  maxRedirects: { advisory: 'CVE-2026-42041', values: () => [5] },
  sensitiveHeaders: { advisory: 'CVE-2026-42041', values: () => [['evil']] },
  insecureHTTPParser: { advisory: 'CVE-2026-42044', values: () => [true] },
  transport: { advisory: 'CVE-2026-44489', values: () => [{ request: evilFunction }] },
  httpAgent: { advisory: 'CVE-2026-44489', values: () => [{ addRequest: evilFunction }] },
  agent: { advisory: 'CVE-2026-44489', values: () => [{ addRequest: evilFunction }] },
  httpVersion: { advisory: 'CVE-2026-44489', values: () => [2] },
  http2Options: { advisory: 'CVE-2026-44489', values: () => [{}] },
  lookup: { advisory: 'CVE-2026-44489', values: () => [evilFunction] },
  family: { advisory: 'CVE-2026-44489', values: () => [6] },
  localAddress: { advisory: 'CVE-2026-44489', values: () => ['127.0.0.9'] },
  getHeaders: { advisory: 'CVE-2026-44490', values: () => [() => ({ 'x-evil': '1' })] },
  append: { advisory: 'CVE-2026-44490', values: () => [evilFunction] },
  pipe: { advisory: 'CVE-2026-44490', values: () => [evilFunction] },
  validateStatus: { advisory: 'CVE-2026-44494', values: () => [() => true, null] },
  withXSRFToken: { advisory: 'CVE-2026-42042', values: () => [true] },
  parseReviver: { advisory: 'CVE-2026-44495', values: () => [() => 'evil'] },
  proxy: { advisory: 'CVE-2026-67314', values: (evil) => [{ host: '127.0.0.1', port: evil.port, protocol: 'http' }] },
  transformRequest: { advisory: 'CVE-2026-67316', values: () => [[evilFunction], evilFunction] },
  transformResponse: { advisory: 'CVE-2026-67316', values: () => [[() => 'evil'], () => 'evil'] },
  transitional: { advisory: 'CVE-2026-67319', values: () => [{ silentJSONParsing: true }] },
  paramsSerializer: { advisory: 'CVE-2026-67319', values: () => [() => 'evil=1', { serialize: () => 'evil=1' }] },
  params: { advisory: 'CVE-2026-67319', values: () => [{ evil: '1' }] },
  data: { advisory: 'CVE-2026-67320', values: () => ['evil'] },
  body: { advisory: 'CVE-2026-67320', values: () => ['evil'] },
  method: { advisory: 'CVE-2026-67320', values: () => ['DELETE'] },
  headers: { advisory: 'CVE-2026-40175', values: () => [{ 'x-evil': '1' }, () => ({ 'x-evil': '1' })] },
  common: { advisory: 'CVE-2026-40175', values: () => [{ 'x-evil': '1' }] },
  'x-evil': { advisory: 'CVE-2026-40175', values: () => ['1', '1\r\nHost: 169.254.169.254'] },
  authorization: { advisory: 'CVE-2026-40175', values: () => ['Basic evil'] },
  'content-length': { advisory: 'CVE-2026-40175', values: () => ['0'] },
  adapter: { advisory: 'CVE-2026-67320', values: () => [evilFunction, 'evil', ['evil']] },
  factory: { advisory: 'CVE-2026-67320', values: () => [{ make: evilFunction }] },
  interceptors: { advisory: 'CVE-2026-67320', values: () => [[evilFunction]] },
  signal: { advisory: 'CVE-2026-67320', values: () => [AbortSignal.abort()] },
  cancelToken: { advisory: 'CVE-2026-67320', values: () => [{ promise: Promise.resolve(), subscribe: evilFunction, throwIfRequested: evilFunction, reason: 'evil' }] },
  timeout: { advisory: 'CVE-2026-67320', values: () => [1] },
  responseType: { advisory: 'CVE-2026-67320', values: () => ['arraybuffer', 'evil'] },
  responseEncoding: { advisory: 'CVE-2026-67320', values: () => ['hex'] },
  decompress: { advisory: 'CVE-2026-67320', values: () => [false] },
  maxContentLength: { advisory: 'CVE-2026-42034', values: () => [1] },
  maxBodyLength: { advisory: 'CVE-2026-42034', values: () => [1] },
  maxRate: { advisory: 'CVE-2026-42034', values: () => [1] },
  onUploadProgress: { advisory: 'CVE-2026-67320', values: () => [evilFunction] },
  onDownloadProgress: { advisory: 'CVE-2026-67320', values: () => [evilFunction] },
  env: { advisory: 'CVE-2026-67320', values: () => [{ fetch: evilFunction, Request: evilFunction, Response: evilFunction, FormData: evilFunction }] },
  formSerializer: { advisory: 'CVE-2026-67320', values: () => [{ visitor: evilFunction }] },
  redirect: { advisory: 'CVE-2026-67320', values: () => [false] },
  allow: { advisory: 'CVE-2026-42041', values: () => [() => false] },
  maxHops: { advisory: 'CVE-2026-42041', values: () => [0] },
  limits: { advisory: 'CVE-2026-42034', values: () => [{ bufferedBytes: 1 }] },
  bufferedBytes: { advisory: 'CVE-2026-42034', values: () => [1] },
  context: { advisory: 'CVE-2026-67320', values: () => [[{ token: {}, value: 1 }]] },
  scheduler: { advisory: 'CVE-2026-67320', values: () => [{ schedule: evilFunction }] },
  decode: { advisory: 'CVE-2026-67320', values: () => [() => 'evil'] },
  acceptStatus: { advisory: 'CVE-2026-44494', values: () => [() => false] },
  cache: { advisory: 'CVE-2026-67320', values: () => ['reload'] },
  delivery: { advisory: 'CVE-2026-67320', values: () => ['streamed'] },
  flow: { advisory: 'CVE-2026-67320', values: () => [{ open: false }] },
  attempt: { advisory: 'CVE-2026-67320', values: () => [7] },
  rejectUnauthorized: { advisory: 'CVE-2026-44492', values: () => [false] },
  status: { advisory: 'CVE-2026-44494', values: () => [200] },
};

function evilFunction(): never {
  throw new Error('evil code ran');
}

async function polluted(name: string, value: unknown, work: () => Promise<void>): Promise<void> {
  Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: false });
  try {
    await work();
  } finally {
    delete (Object.prototype as Record<string, unknown>)[name];
  }
}

describe('with a polluted prototype', () => {
  let server: LoopbackServer;
  let evil: LoopbackServer;
  let usual: Client;
  beforeEach(async () => {
    evil = await loopback(() => ({ json: 'evil' }));
    server = await loopback((request) => {
      if (request.url === '/go') return { status: 302, headers: { location: '/there' } };
      return request.url === '/no' ? { status: 404 } : { json: { key: 'value' } };
    });
    usual = createClient({ baseUrl: server.url });
  });
  afterEach(() => Promise.all([server.stop(), evil.stop()]));

  const unharmed = async (): Promise<void> => {
    for (const client of [usual, createClient({ baseUrl: server.url })]) {
      const from = server.requests.length;
      const got = await outcomeOf(client.get('/go'));
      expect(got).toEqual({ values: [{ key: 'value' }], completed: true, error: undefined });
      expect(await outcomeOf(client.post('/there', { some: 'body' }))).toMatchObject({ values: [{ key: 'value' }] });
      expect((await outcomeOf(client.get('/no'))).error).toMatchObject({ kind: 'status', status: 404 });
      const seen = server.requests.slice(from);
      expect(seen.map((request) => `${request.method} ${request.url}`)).toEqual(['GET /go', 'GET /there', 'POST /there', 'GET /no']);
      expect((await seen[2]?.body())?.toString()).toBe('{"some":"body"}');
      expect(JSON.stringify(seen.map((request) => request.rawHeaders))).not.toMatch(/evil|authorization|no-cache/i);
    }
    expect(evil.connections.opened).toBe(0);
  };

  it.each(Object.entries(GADGETS).map(([name, { advisory }]) => [name, advisory]))('%s is nobody’s option (%s)', async (name) => {
    for (const value of GADGETS[name]?.values(evil) ?? []) await polluted(name, value, unharmed);
  });

  it('an own __proto__ in options, headers, params or a body neither pollutes nor crashes (CVE-2026-25639, GHSA-43fc-jf86-j433)', async () => {
    const poison = JSON.parse('{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}}') as object;
    expect(() => createClient(poison)).toThrow(expect.objectContaining({ kind: 'request' }));
    for (const input of [poison, { headers: poison }, { params: poison }]) await outcomeOf(usual.get('/x', input as object));
    await outcomeOf(usual.post('/x', poison));
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
    const posted = server.requests.find((request) => request.method === 'POST');
    expect((await posted?.body())?.toString()).toBe(JSON.stringify(poison));
  });

  it('a header called __proto__ or constructor from a server is a header like any other (CVE-2023-26136)', async () => {
    await server.stop();
    server = await loopback((_request, response) => {
      response.writeHead(200, [['__proto__', 'a'], ['constructor', 'b'], ['content-length', '0']].flat());
      response.end();
    });
    const { values } = await outcomeOf(createClient().get(server.url).response);
    expect(values[0]?.headers.get('constructor')).toBe('b');
    expect(values[0]?.headers.get('hasOwnProperty')).toBeUndefined();
    expect(({} as { a?: string }).a).toBeUndefined();
  });

  it('a JSON body with __proto__ gives a value that pollutes nothing', async () => {
    await server.stop();
    server = await loopback(() => ({ headers: { 'content-type': 'application/json' }, body: '{"__proto__":{"polluted":"yes"}}' }));
    await outcomeOf(createClient().get(server.url));
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  });
});
