import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import axios from 'axios';
import { asText, axiosFactory, createClient } from 'coldwire';
import {
  faultServer,
  type FaultServer,
  type FaultServerOptions,
  type Script,
} from '../../support/fault-server.js';
import * as faults from '../../support/faults.js';
import { malformed } from '../../support/malformed.js';
import { testAuthority } from '../../support/tls-identities.js';
import { errorOf, outcomeOf } from '../outcome.js';

describe('a response', () => {
  let server: FaultServer;
  const serve = async (script: Script, options?: FaultServerOptions): Promise<string> =>
    (server = await faultServer(script, options)).url;
  afterEach(() => server.stop());

  it('with two Content-Length in differing case is a network error (undici CVE-2026-1525)', async () => {
    const url = await serve(
      faults.sends(malformed['two Content-Length that differ, in differing case'] ?? ''),
    );
    expect(await errorOf(createClient().get(url))).toMatchObject({
      kind: 'network',
      code: 'MALFORMED_RESPONSE',
    });
  });

  it('that nobody asked for, on an idle kept-alive connection, answers no later request (undici CVE-2026-6733, GHSA-35p6-xmwp-9g52)', async () => {
    const url = await serve(async (exchange) => {
      await exchange.respond(200, {}, `"answer to ${exchange.request.path}"`);
      if (exchange.n === 1)
        await exchange.raw('HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n"poison"');
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const client = createClient({
      factory: axiosFactory({ instance: axios.create({ httpAgent: agent }) }),
    });
    expect((await outcomeOf(client.get(`${url}/1`))).values).toEqual(['answer to /1']);
    for (const path of ['/2', '/3']) {
      const { values } = await outcomeOf(client.get(url + path));
      expect(values).not.toContain('poison');
    }
    agent.destroy();
  });

  it('does not add a listener to its kept-alive connection (axios #10780, axios #10788)', async () => {
    const url = await serve(faults.answers(200, {}, '1'));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const client = createClient({
      factory: axiosFactory({ instance: axios.create({ httpAgent: agent }) }),
    });
    for (let i = 0; i < 50; i++) await outcomeOf(client.get(url));
    const sockets = Object.values(agent.freeSockets).flat();
    expect(sockets).toHaveLength(1);
    for (const socket of sockets)
      for (const name of socket?.eventNames() ?? [])
        expect([name, (socket?.listenerCount(name) ?? 0) <= 3]).toEqual([name, true]);
    agent.destroy();
  });

  it('is not read ahead of a consumer that takes its time (undici CVE-2024-24750)', async () => {
    let sent = 0;
    const url = await serve(
      faults.byPath(
        {
          '/big': async (exchange) => {
            await exchange.head(200);
            for (;;) {
              await exchange.body(Buffer.alloc(65_536));
              sent += 65_536;
            }
          },
        },
        faults.answers(200),
      ),
    );
    for await (const bytes of createClient().get(`${url}/big`).bytes) {
      expect(bytes.byteLength).toBeGreaterThan(0);
      let before = -1;
      while (before !== sent) {
        before = sent;
        for (let i = 0; i < 20; i++) await outcomeOf(createClient().get(url));
      }
      expect(sent).toBeLessThanOrEqual(16_000_000);
      break;
    }
    await server.until(() => server.exchanges[0]?.open === false);
  });

  it.each(['untrusted', 'wrong-host', 'expired'] as const)(
    'of a server whose certificate is %s is a TLS error, and nothing is sent (OkHttp CVE-2021-0341, undici CVE-2026-9697, CVE-2026-84961)',
    async (tls) => {
      const url = await serve(faults.answers(200), { tls });
      const httpsAgent = new TlsAgent({ ca: testAuthority() });
      const client = createClient({
        factory: axiosFactory({ instance: axios.create({ httpsAgent }) }),
      });
      expect(await errorOf(client.get(url))).toMatchObject({
        kind: 'network',
        code: 'TLS_FAILED',
        sent: false,
      });
      expect(server.exchanges).toHaveLength(0);
    },
  );

  it('of a server that the given TLS options trust is a value, after a redirect too (undici CVE-2026-9697)', async () => {
    const url = await serve(
      faults.byPath({ '/': faults.redirects('/there') }, faults.answers(200, {}, 'ok')),
      { tls: 'localhost' },
    );
    const httpsAgent = new TlsAgent({ ca: testAuthority() });
    const client = createClient({
      factory: axiosFactory({ instance: axios.create({ httpsAgent }) }),
    });
    expect((await outcomeOf(client.get(url, { decode: asText }))).values).toEqual(['ok']);
    expect(await errorOf(createClient().get(url))).toMatchObject({
      kind: 'network',
      code: 'TLS_FAILED',
    });
  });
});
