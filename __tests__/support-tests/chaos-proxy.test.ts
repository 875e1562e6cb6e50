import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChaosFault, chaosPlan } from '../support/chaos-plan.js';
import { type ChaosProxy, chaosProxy } from '../support/chaos-proxy.js';
import { type LoopbackServer, loopback } from '../support/loopback.js';

const BODY = Buffer.alloc(300_000, 'chaos');
let server: LoopbackServer | undefined;
let proxy: ChaosProxy | undefined;

afterEach(async () => {
  await proxy?.stop();
  await server?.stop();
});

interface Told {
  readonly status: number | undefined;
  readonly body: Buffer;
  readonly failed: boolean;
}

/** One request by Node's own means; a stalled one is left after a while of silence. */
function ask(url: string, body?: Buffer): Promise<Told> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let status: number | undefined;
    const end = (failed: boolean) => resolve({ status, body: Buffer.concat(parts), failed });
    const request = httpRequest(url, { method: body ? 'PUT' : 'GET', agent: false, timeout: 300 });
    request.on('timeout', () => request.destroy(new Error('silence')));
    request.on('error', () => end(true));
    request.on('response', (response) => {
      status = response.statusCode;
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', () => end(true));
      response.on('end', () => end(!response.complete));
    });
    request.end(body);
  });
}

const always = (fault: ChaosFault, strikes: 'request' | 'response', at = 0.5) => ({
  chaosFor: (_name: string, n: number) => (n === 1 ? { fault, strikes, at } : undefined),
});

describe('the chaos proxy', () => {
  it('passes everything on when nothing is planned, and counts bodies', async () => {
    server = await loopback(async (_request, _response, seen) => ({ body: await seen.body() }));
    proxy = await chaosProxy(server.port, chaosPlan(1, 0));
    for (let i = 0; i < 3; i++) {
      const told = await ask(`${proxy.url}/echo?${i}`, BODY);
      expect(told.failed).toBe(false);
      expect(createHash('sha256').update(told.body).digest('hex')).toBe(
        createHash('sha256').update(BODY).digest('hex'),
      );
    }
    expect(proxy.countsOf('/echo')).toMatchObject({
      requests: 3,
      bodyBytesToServer: 3 * BODY.length,
      bodyBytesToClient: 3 * BODY.length,
    });
    await proxy.unconnected();
  });

  it.each(['cut', 'reset', 'stall', 'truncate'] as const)(
    'breaks an answer in its middle by %s, and leaves the next alone',
    async (fault) => {
      server = await loopback(() => ({ body: BODY }));
      proxy = await chaosProxy(server.port, always(fault, 'response'));
      const broken = await ask(`${proxy.url}/x`);
      expect(broken).toMatchObject({ status: 200, failed: true });
      expect(broken.body.length).toBeLessThan(BODY.length);
      expect(proxy.counts.struck[fault]).toBe(1);
      expect(await ask(`${proxy.url}/x`)).toMatchObject({ status: 200, failed: false });
      await proxy.unconnected();
    },
  );

  it.each(['cut', 'reset', 'stall', 'truncate'] as const)(
    'breaks an upload in its middle by %s: the server gets about half',
    async (fault) => {
      server = await loopback(async (_request, _response, seen) => {
        await seen.body();
        return {};
      });
      proxy = await chaosProxy(server.port, always(fault, 'request'));
      const broken = await ask(`${proxy.url}/x`, BODY);
      expect(broken.status === 200).toBe(false);
      expect(proxy.counts.bodyBytesToServer).toBeGreaterThan(BODY.length * 0.4);
      expect(proxy.counts.bodyBytesToServer).toBeLessThan(BODY.length * 0.6);
      expect(await ask(`${proxy.url}/x`, BODY)).toMatchObject({ status: 200, failed: false });
      await proxy.unconnected();
    },
  );

  it('draws the same faults from the same seed, about as many as asked for', () => {
    const draw = () =>
      Array.from({ length: 1000 }, (_, n) => chaosPlan(7, 0.3).chaosFor('/a', n + 1, true));
    expect(draw()).toEqual(draw());
    const struck = draw().filter((chaos) => chaos !== undefined);
    expect(struck.length).toBeGreaterThan(240);
    expect(struck.length).toBeLessThan(360);
  });
});
