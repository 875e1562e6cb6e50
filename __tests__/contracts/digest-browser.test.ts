import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { parseChallenges } from '../../src/http/challenge.js';
import { type LoopbackHandler, type LoopbackServer, loopback } from '../support/loopback.js';
import { bundled, launched } from './chromium.js';
import { BODY, CNONCE, MUFASA, NONCE, REALM, VECTORS } from './digest-vectors.js';

const PAGE = '<!doctype html><link rel="icon" href="data:,"><script src="/bundle.js"></script>';
const HASHES = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' } as const;

let browser: Browser;
let bundle: string;
const servers: LoopbackServer[] = [];
beforeAll(async () => {
  bundle = await bundled('digest-page.ts');
  browser = await launched();
}, 120_000);
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));
afterAll(() => browser.close());

async function serverOf(handler: LoopbackHandler): Promise<LoopbackServer> {
  const server = await loopback(handler);
  servers.push(server);
  return server;
}

const pages: LoopbackHandler = ({ url }) =>
  url === '/page'
    ? { headers: { 'content-type': 'text/html' }, body: PAGE }
    : { headers: { 'content-type': 'text/javascript' }, body: bundle };

/** RFC 7616 section 3.4.1, by Node's own hashes. */
function responseOf(
  field: Readonly<Record<string, string>>,
  { method, body }: { method: string; body: string },
): string {
  const name = field['algorithm']?.replace('-sess', '') as keyof typeof HASHES;
  const hash = (text: string): string => createHash(HASHES[name]).update(text).digest('hex');
  const { nonce = '', cnonce = '', nc = '', qop = '', uri = '' } = field;
  const secret = hash(`${MUFASA.user}:${REALM}:${MUFASA.password}`);
  const a1 =
    field['algorithm']?.endsWith('-sess') === true ? hash(`${secret}:${nonce}:${cnonce}`) : secret;
  const a2 = hash(`${method}:${uri}${qop === 'auth-int' ? `:${hash(body)}` : ''}`);
  return hash([a1, nonce, nc, cnonce, qop, a2].join(':'));
}

const fieldsOf = (authorization: string | undefined): Readonly<Record<string, string>> =>
  parseChallenges([authorization ?? ''])[0]?.params ?? {};

function expectDigests(came: unknown, secure: boolean): void {
  const { answers, secure: was } = came as { answers: string[]; secure: boolean };
  expect(was).toBe(secure);
  expect(answers.map((answer) => fieldsOf(answer)['response'])).toEqual(
    VECTORS.map(({ algorithm, qop }) => {
      const uri = '/dir/index.html';
      const fields = { algorithm, qop, uri, nonce: NONCE, cnonce: CNONCE, nc: '00000001' };
      return responseOf(fields, { method: 'GET', body: BODY });
    }),
  );
}

/** In a worker that has the page's script. */
const inWorker = (origin: string, call: string): string => {
  const code = `importScripts('${origin}/bundle.js'); void ${call}.then(postMessage);`;
  return `new Promise((resolve) => {
    const worker = new Worker(URL.createObjectURL(new Blob([${JSON.stringify(code)}])));
    worker.onmessage = ({ data }) => resolve(data);
  })`;
};

async function opened(url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  return page;
}

/** Lets in who answers right, once for each hash, and what it does not say it does not show to other origins. */
function guarded(algorithm: string, exposes = true): LoopbackHandler {
  return async ({ method = '', headers }, _response, seen) => {
    const cors = {
      'access-control-allow-origin': headers.origin ?? '*',
      'access-control-allow-headers': 'authorization, content-type',
      ...(exposes ? { 'access-control-expose-headers': 'www-authenticate' } : {}),
    };
    if (method === 'OPTIONS') return { status: 204, headers: cors };
    const fields = fieldsOf(headers.authorization);
    const body = String(await seen.body());
    if (
      fields['response'] !== undefined &&
      fields['response'] === responseOf(fields, { method, body })
    )
      return { headers: cors, json: 'in' };
    const asks = `Digest realm="${REALM}", qop="auth-int", algorithm=${algorithm}, nonce="${NONCE}"`;
    return { status: 401, headers: { ...cors, 'www-authenticate': asks } };
  };
}

const IN = { values: ['in'], ending: 'complete' };

describe('Digest in Chromium, from the packed package', () => {
  it('RFC 7616’s example by the RFC’s own figures', () => {
    const uri = '/dir/index.html';
    const rfc = { qop: 'auth', uri, nonce: NONCE, cnonce: CNONCE, nc: '00000001' };
    const of = (algorithm: string): string =>
      responseOf({ ...rfc, algorithm }, { method: 'GET', body: '' });
    expect(of('MD5')).toBe('8ca523f5e9506fed4657c9700eebdbec');
    expect(of('SHA-256')).toBe('753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1');
  });

  it('every hash is right in a page, and in a worker, where Web Crypto is', async () => {
    const { url } = await serverOf(pages);
    const page = await opened(`${url}/page`);
    expectDigests(await page.evaluate('digests()'), true);
    expectDigests(await page.evaluate(inWorker(url, 'digests()')), true);
    await page.close();
  }, 60_000);

  it('every hash is right on a page of plain http, where Web Crypto is not', async () => {
    const page = await browser.newPage();
    await page.route('http://plain.test/**', (route) =>
      route.fulfill(
        route.request().url().endsWith('/page')
          ? { contentType: 'text/html', body: PAGE }
          : { contentType: 'text/javascript', body: bundle },
      ),
    );
    await page.goto('http://plain.test/page');
    expect(await page.evaluate('crypto.subtle === undefined')).toBe(true);
    expectDigests(await page.evaluate('digests()'), false);
    await page.close();
  }, 60_000);

  it.each(Object.keys(HASHES))(
    'a challenge of another origin with %s is answered, in a page and in a worker',
    async (algorithm) => {
      const home = await serverOf(pages);
      const abroad = await serverOf(guarded(algorithm));
      const page = await opened(`${home.url}/page`);
      const call = `entered(${JSON.stringify(`${abroad.url}/in`)})`;
      expect(await page.evaluate(call)).toEqual([IN, IN]);
      expect(await page.evaluate(inWorker(home.url, call))).toEqual([IN, IN]);
      // Each of them was asked once: the second request carried the answer unasked.
      const asked = abroad.requests.filter(
        ({ method, headers }) => method !== 'OPTIONS' && headers.authorization === undefined,
      );
      expect(asked).toHaveLength(2);
      await page.close();
    },
    60_000,
  );

  it('a challenge of the page’s own origin is answered where the platform is told to keep out of it', async () => {
    const guard = guarded('SHA-256');
    const home = await serverOf((request, response, seen) =>
      request.url === '/in' ? guard(request, response, seen) : pages(request, response, seen),
    );
    const page = await opened(`${home.url}/page`);
    // Else the browser puts up a dialog of its own, and tells scripts nothing before it is closed.
    const options = { adapter: 'fetch', withCredentials: false };
    const call = `entered(${JSON.stringify(`${home.url}/in`)}, ${JSON.stringify(options)})`;
    expect(await page.evaluate(call)).toEqual([IN, IN]);
    await page.close();
  }, 60_000);

  it('a challenge that another origin does not expose is a 401 at once', async () => {
    const home = await serverOf(pages);
    const abroad = await serverOf(guarded('SHA-256', false));
    const page = await opened(`${home.url}/page`);
    const refused = { values: [], ending: { kind: 'status', status: 401, body: '' } };
    const call = `entered(${JSON.stringify(`${abroad.url}/in`)})`;
    expect(await page.evaluate(call)).toEqual([refused, refused]);
    await page.close();
  }, 60_000);
});
