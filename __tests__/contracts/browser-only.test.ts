import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { loopback } from '../support/loopback.js';
import { tlsIdentity } from '../support/tls-identities.js';
import { bundled, launched } from './chromium.js';

const PAGE = '<!doctype html><link rel="icon" href="data:,"><script src="/bundle.js"></script>';

let browser: Browser;
let bundle: string;
beforeAll(async () => {
  bundle = await bundled();
  browser = await launched();
}, 120_000);
afterAll(() => browser.close());

describe('in Chromium', () => {
  it.each(['xhr', 'fetch'] as const)(
    'cookies go to another origin with withCredentials alone, over %s',
    async (adapter) => {
      const home = await loopback((request) =>
        request.url === '/page'
          ? { headers: { 'content-type': 'text/html', 'set-cookie': 'sid=1' }, body: PAGE }
          : { headers: { 'content-type': 'text/javascript' }, body: bundle },
      );
      const abroad = await loopback((request) => ({
        headers: {
          'access-control-allow-origin': request.headers.origin,
          'access-control-allow-credentials': 'true',
        },
        json: request.headers.cookie ?? 'none',
      }));
      const page = await browser.newPage();
      await page.goto(`${home.url}/page`);
      const ask = (options: object): Promise<unknown> =>
        page.evaluate(`abroad(${JSON.stringify(`${abroad.url}/x`)}, ${JSON.stringify(options)})`);
      expect(await ask({ adapter })).toEqual({ values: ['none'], ending: 'complete' });
      expect(await ask({ adapter, withCredentials: true })).toEqual({
        values: ['sid=1'],
        ending: 'complete',
      });
      expect(await ask({ adapter, withCredentials: false })).toEqual({
        values: ['none'],
        ending: 'complete',
      });
      await page.close();
      await home.stop();
      await abroad.stop();
    },
    60_000,
  );

  it('an upload is streamed over HTTP/2', async () => {
    const server = createSecureServer({ ...tlsIdentity('localhost'), allowHTTP1: false });
    const received: string[] = [];
    server.on('stream', (stream: ServerHttp2Stream, headers) => {
      const path = String(headers[':path']);
      if (path === '/upload') {
        stream.on('data', (part: Buffer) => received.push(String(part)));
        stream.on('end', () => {
          stream.respond({ ':status': 200, 'content-type': 'application/json' });
          stream.end('"taken"');
        });
        return;
      }
      const isPage = path === '/page';
      stream.respond({ ':status': 200, 'content-type': isPage ? 'text/html' : 'text/javascript' });
      stream.end(isPage ? PAGE : bundle);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    await page.goto(`https://127.0.0.1:${String((server.address() as AddressInfo).port)}/page`);
    expect(await page.evaluate('upload(5)')).toEqual({ values: ['taken'], ending: 'complete' });
    expect(received.join('')).toBe('part 0;part 1;part 2;part 3;part 4;');
    await context.close();
    await new Promise((resolve) => server.close(resolve));
  }, 60_000);
});
