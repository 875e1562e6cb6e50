import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createClient } from 'coldwire';
import { forwardProxy, type ForwardProxy } from '../../support/forward-proxy.js';
import { loopback, type LoopbackServer } from '../../support/loopback.js';
import { outcomeOf } from '../outcome.js';

const NAMES = [
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
];

describe('a proxy of the environment', () => {
  let origin: LoopbackServer;
  let proxy: ForwardProxy;
  let before: NodeJS.ProcessEnv;
  beforeEach(async () => {
    origin = await loopback((request) =>
      request.url === '/go'
        ? { status: 302, headers: { location: 'http://second.test/there' } }
        : { body: '"through"' },
    );
    proxy = await forwardProxy({ route: () => ({ host: '127.0.0.1', port: origin.port }) });
    before = { ...process.env };
    for (const name of NAMES) delete process.env[name];
    process.env['http_proxy'] = proxy.url.replace('http://', 'http://user:hunter22@');
  });
  afterEach(async () => {
    process.env = before;
    await Promise.all([origin.stop(), proxy.stop()]);
  });

  it('is asked, on every hop of a redirect too (CVE-2020-28168, GHSA-4w2v-q235-vp99)', async () => {
    expect((await outcomeOf(createClient().get('http://first.test/go'))).values).toEqual([
      'through',
    ]);
    expect(proxy.asked.map((asked) => asked.target)).toEqual([
      'http://first.test/go',
      'http://second.test/there',
    ]);
  });

  it('alone sees its credential, which no origin and no error does (CVE-2026-44486, CVE-2026-44487, undici CVE-2024-24758)', async () => {
    await outcomeOf(createClient().get('http://first.test/go'));
    expect(proxy.asked.map((asked) => asked.proxyAuthorization)).toEqual([
      expect.stringMatching(/^Basic /),
      expect.stringMatching(/^Basic /),
    ]);
    expect(JSON.stringify(origin.requests.map((seen) => seen.rawHeaders))).not.toMatch(
      /proxy-authorization|aHVudGVy/i,
    );
  });

  it('is left out for a redirect to a host that NO_PROXY names, and its credential does not go there (CVE-2026-44486)', async () => {
    const direct = await loopback(() => ({ body: '"direct"' }));
    await origin.stop();
    origin = await loopback(() => ({ status: 302, headers: { location: `${direct.url}/there` } }));
    process.env['no_proxy'] = '127.0.0.1';
    expect((await outcomeOf(createClient().get('http://first.test/go'))).values).toEqual([
      'direct',
    ]);
    expect(direct.requests[0]?.headers['proxy-authorization']).toBeUndefined();
    await direct.stop();
  });

  it.each([
    ['localhost', (port: number) => `http://localhost:${String(port)}/`],
    ['localhost', (port: number) => `http://localhost.:${String(port)}/`],
    ['localhost', (port: number) => `http://LOCALHOST:${String(port)}/`],
    ['127.0.0.1', (port: number) => `http://127.0.0.1:${String(port)}/`],
    ['127.0.0.1', (port: number) => `http://2130706433:${String(port)}/`],
    ['127.0.0.1', (port: number) => `http://0x7f.1:${String(port)}/`],
    ['127.0.0.1', (port: number) => `http://[::ffff:127.0.0.1]:${String(port)}/`],
    ['127.0.0.0/8', (port: number) => `http://127.0.0.1:${String(port)}/`],
    ['*', (port: number) => `http://127.0.0.1:${String(port)}/`],
  ])(
    'is left out where NO_PROXY is %s, however the host is written (CVE-2025-62718, CVE-2026-42038, CVE-2026-42043, CVE-2026-44492, CVE-2026-67315) %#',
    async (rule, url) => {
      process.env['no_proxy'] = rule;
      await outcomeOf(createClient().get(url(origin.port)));
      expect(proxy.asked).toEqual([]);
      // Whether a name with a dot at its end resolves is the system's affair.
      if (!url(1).includes('localhost.')) expect(origin.requests).toHaveLength(1);
    },
  );

  it('is left out for [::1] where NO_PROXY names it (CVE-2026-42038)', async () => {
    const six = await loopback(undefined, { host: '::1' });
    process.env['no_proxy'] = '[::1]';
    await outcomeOf(createClient().get(six.url));
    process.env['no_proxy'] = '::1';
    await outcomeOf(createClient().get(six.url));
    expect([proxy.asked.length, six.requests.length]).toEqual([0, 2]);
    await six.stop();
  });
});
