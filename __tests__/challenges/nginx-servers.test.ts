import { afterEach, describe, expect, it } from '@jest/globals';
import { lastValueFrom } from 'rxjs';
import { loopback } from '../support/loopback.js';
import { ADA } from '../support/real/accounts.js';
import { nginx, nginxProxy } from '../support/real/nginx.js';
import { relay } from '../support/real/relay.js';
import { behind, proxied } from './behind.js';
import { always, failure } from './guarded.js';

const stops: (() => Promise<unknown>)[] = [];
const kept = <T extends { stop(): Promise<unknown> }>(one: T): T => (
  stops.push(() => one.stop()),
  one
);
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe('nginx', () => {
  it('lets in by Basic, and gets a large body once behind a probe (E1, E2, E7, E13)', async () => {
    const real = kept(await behind(nginx));
    const client = real.client({ onChallenge: always(ADA), probe: 'HEAD' });
    const body = new Uint8Array(8_000_000);
    expect(await lastValueFrom(client.put('/basic/up', body))).toBe(body.byteLength);
    expect(await lastValueFrom(client.put('/basic/deep/up', body))).toBe(body.byteLength);
    expect(real.passed.map(({ method, status, bodyBytes }) => [method, status, bodyBytes])).toEqual(
      [
        ['HEAD', 401, 0],
        ['HEAD', 200, 0],
        ['PUT', 200, body.byteLength],
        ['PUT', 200, body.byteLength],
      ],
    );
  });

  it('as a proxy is answered its 407, unasked from then on, and the server behind it hears nothing of it', async () => {
    const server = kept(await loopback(({ headers }) => ({ json: Object.keys(headers) })));
    const proxy = kept(await nginxProxy());
    const front = kept(await relay(proxy.port));
    const client = await proxied(front.url, { onChallenge: always(ADA) });
    for (const path of ['/a', '/b']) {
      const names = await lastValueFrom(client.get(`${server.url}${path}`));
      expect(names).not.toContain('proxy-authorization');
      expect(names).not.toContain('authorization');
    }
    expect(front.passed.map(({ status }) => status)).toEqual([407, 200, 200]);
  });

  it('as a proxy that refuses gets no answer twice', async () => {
    const server = kept(await loopback(() => ({ json: 1 })));
    const proxy = kept(await nginxProxy());
    const front = kept(await relay(proxy.port));
    const client = await proxied(front.url, { onChallenge: always({ ...ADA, password: 'x' }) });
    expect(await failure(client.get(`${server.url}/`))).toMatchObject({ status: 407 });
    expect([front.passed.length, server.requests.length]).toEqual([2, 0]);
  });
});
