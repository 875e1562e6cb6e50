import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ClientOptions, type RequestInput, createClient } from 'coldwire';
import { hostileLocations } from '../../support/locations.js';
import { loopback, type LoopbackServer, type SeenRequest } from '../../support/loopback.js';
import { everywhere, factories } from '../factories.js';
import { errorOf, outcomeOf } from '../outcome.js';
import { recorder } from '../recorder.js';

/** Everything that a caller may have hung on a request; only what is in no way his own may go abroad. */
const HEADERS = {
  authorization: 'Bearer hunter22',
  'proxy-authorization': 'Basic hunter22',
  cookie: 'session=hunter22',
  cookie2: 'hunter22',
  'x-api-key': 'hunter22',
  'x-auth-token': 'hunter22',
  'x-xsrf-token': 'hunter22',
  'x-amz-security-token': 'hunter22',
  'idempotency-key': 'hunter22',
  'x-anything': 'hunter22',
  origin: 'http://hunter22.test',
  referer: 'http://a.test/?token=hunter22',
  accept: 'text/html',
  'accept-language': 'de',
  'user-agent': 'tester',
};
const SAFE = [
  'sec-fetch-mode', // undici's own
  'accept',
  'accept-language',
  'accept-encoding',
  'user-agent',
  'host',
  'connection',
  'content-type',
  'content-length',
  'transfer-encoding',
  'cache-control',
  'pragma',
  'range',
  'content-language',
];

describe.each(everywhere)('a redirect, over %s', (way) => {
  const factory = factories[way]();
  let home: LoopbackServer;
  let abroad: LoopbackServer;
  let location: string;
  let status: number;
  beforeEach(async () => {
    status = 302;
    abroad = await loopback();
    home = await loopback((request) =>
      request.url === '/go' ? { status, headers: { location, 'set-cookie': 'a=b' } } : {},
    );
  });
  afterEach(() => Promise.all([home.stop(), abroad.stop()]));

  const arrived = async (
    input: Partial<RequestInput> = {},
    options: ClientOptions = {},
  ): Promise<SeenRequest> => {
    const { error } = await outcomeOf(
      createClient({ factory, ...options }).request({
        url: `${home.url}/go`,
        headers: HEADERS,
        ...input,
      }),
    );
    if (error !== undefined) throw error;
    const seen = abroad.requests[0] ?? home.requests[1];
    if (seen === undefined) throw new Error('it arrived nowhere');
    return seen;
  };

  for (const code of [301, 302, 303, 307, 308]) {
    it(`of status ${String(code)} to another origin takes only a safe list of fields along (CVE-2022-0155, CVE-2022-0536, CVE-2024-28849, CVE-2026-40895, GHSA-r4q5-vmmm-2653, node-fetch CVE-2022-0235, undici CVE-2022-31151, CVE-2023-45143, CVE-2024-24758, CVE-2024-30260, eventsource CVE-2022-1650, GHSA-6h5x-7c5m-7cr7, curl CVE-2018-1000007)`, async () => {
      status = code;
      location = `${abroad.url}/x`;
      const seen = await arrived({ method: 'POST', body: 'b' });
      expect(JSON.stringify(seen.rawHeaders)).not.toContain('hunter22');
      expect(Object.keys(seen.headers).filter((name) => !SAFE.includes(name))).toEqual([]);
      expect(seen.headers).toMatchObject({
        accept: 'text/html',
        'accept-language': 'de',
        'user-agent': 'tester',
      });
    });
  }

  it('to the same host on another port or by another name is to another origin (curl CVE-2022-27774, CVE-2022-27776)', async () => {
    location = `http://localhost:${String(home.port)}/x`;
    const seen = await arrived();
    expect(JSON.stringify(seen.rawHeaders)).not.toContain('hunter22');
  });

  it('to a less secure scheme of the same host is to another origin (CVE-2022-0536)', async () => {
    const { nextHop } = await import('../../../src/policies/redirect-rules.js');
    const { HeaderFields, TaskRequest } = await import('coldwire');
    const request = new TaskRequest({
      url: 'https://a.test/',
      headers: HeaderFields.from({ authorization: 'Bearer hunter22', cookie: 'x' }),
    });
    const head = {
      status: 302,
      statusText: '',
      url: request.url,
      headers: HeaderFields.from({ location: 'http://a.test/' }),
    };
    const hop = nextHop(request, head, () => true, { hops: 0, maxHops: 20 });
    expect([hop?.url, [...(hop?.headers ?? [])]]).toEqual(['http://a.test/', []]);
  });

  it('within the origin keeps the fields', async () => {
    location = '/x';
    expect((await arrived()).headers).toMatchObject({
      authorization: 'Bearer hunter22',
      'x-anything': 'hunter22',
    });
  });

  it('back home does not bring the credentials back', async () => {
    await abroad.stop();
    abroad = await loopback(() => ({ status: 302, headers: { location: `${home.url}/back` } }));
    location = `${abroad.url}/x`;
    await outcomeOf(createClient({ factory }).get(`${home.url}/go`, { headers: HEADERS }));
    expect(home.requests[1]?.url).toBe('/back');
    expect(JSON.stringify(home.requests[1]?.rawHeaders)).not.toContain('hunter22');
  });

  it('does not take the client’s own header fields abroad, constant or made anew', async () => {
    location = `${abroad.url}/x`;
    for (const options of [
      { headers: { 'x-key': 'hunter22' } },
      { headers: () => ({ 'x-key': 'hunter22' }) },
    ]) {
      await outcomeOf(createClient({ factory, ...options }).get(`${home.url}/go`));
    }
    expect(abroad.requests).toHaveLength(2);
    for (const seen of abroad.requests) expect(seen.headers['x-key']).toBeUndefined();
  });

  it('sends no Referer, and no cookie of the answer', async () => {
    location = `${abroad.url}/x`;
    const { headers } = await arrived({
      headers: {},
      url: `${home.url}/go?token=x`.replace('?token=x', ''),
    });
    expect(headers).not.toHaveProperty('referer');
    expect(headers).not.toHaveProperty('cookie');
  });

  it.each(Object.entries(hostileLocations('http://127.0.0.1')))(
    'to %s is refused and nothing more is sent (got CVE-2022-33987, request CVE-2023-28155, follow-redirects CVE-2023-26159)',
    async (_name, place) => {
      location = place;
      const error = await errorOf(createClient({ factory }).get(`${home.url}/go`));
      expect(error.kind).toBe('redirect');
      await home.barrier();
      expect(home.requests).toHaveLength(1);
    },
  );

  it('to an http URL that names a unix socket, as got understood it, is to a host called unix (got CVE-2022-33987)', async () => {
    const fake = recorder(({ url }) =>
      url === 'http://a.test/'
        ? { status: 302, headers: { location: 'http://unix:/var/run/docker.sock:/info' } }
        : {},
    );
    await outcomeOf(createClient({ factory: fake }).get('http://a.test/'));
    expect(fake.requests[1]?.url).toBe('http://unix/var/run/docker.sock:/info');
  });

  it('to a URL with a user and a password is refused, and the error does not show them (curl CVE-2021-22876)', async () => {
    location = `http://user:hunter22@127.0.0.1:${String(abroad.port)}/`;
    const error = await errorOf(createClient({ factory }).get(`${home.url}/go`));
    expect(error.kind).toBe('redirect');
    expect(JSON.stringify(error) + String(error.stack)).not.toContain('hunter22');
  });

  it.each(['//HOST/x', '/\\HOST/x', '\\\\HOST/x', '/\t/HOST/x'])(
    'to %j is understood as the platform does, and is to another origin',
    async (place) => {
      location = place.replace('HOST', `127.0.0.1:${String(abroad.port)}`);
      const seen = await arrived();
      expect(seen).toBe(abroad.requests[0]);
      expect(JSON.stringify(seen.rawHeaders)).not.toContain('hunter22');
    },
  );

  it('is asked about at a guard on every hop, whatever the scheme or the port (request CVE-2023-28155)', async () => {
    await abroad.stop();
    abroad = await loopback((request) =>
      request.url === '/inner' ? {} : { status: 302, headers: { location: '/inner' } },
    );
    location = `${abroad.url}/x`;
    const asked: string[] = [];
    const client = createClient({
      factory,
      redirect: {
        allow: (to, from) => (asked.push(`${from.href} > ${to.href}`), to.pathname !== '/inner'),
      },
    });
    const error = await errorOf(client.get(`${home.url}/go`));
    expect(error).toMatchObject({ kind: 'redirect', code: 'REDIRECT_REFUSED' });
    expect(asked).toEqual([
      `${home.url}/go > ${abroad.url}/x`,
      `${abroad.url}/x > ${abroad.url}/inner`,
    ]);
    await abroad.barrier();
    expect(abroad.requests.map((seen) => seen.url)).toEqual(['/x']);
  });

  it('loop ends after twenty hops', async () => {
    location = '/go';
    expect(await errorOf(createClient({ factory }).get(`${home.url}/go`))).toMatchObject({
      kind: 'redirect',
      code: 'REDIRECT_LIMIT',
      hops: 20,
    });
    expect(home.requests).toHaveLength(21);
  });

  it('does not lose the limit or the decoder of the request on its way (node-fetch CVE-2020-15168)', async () => {
    location = `${abroad.url}/x`;
    await abroad.stop();
    abroad = await loopback(() => ({ body: 'x'.repeat(1_000) }));
    location = `${abroad.url}/x`;
    expect(
      await errorOf(
        createClient({ factory, limits: { bufferedBytes: 100 } }).get(`${home.url}/go`),
      ),
    ).toMatchObject({ kind: 'limit' });
  });
});
