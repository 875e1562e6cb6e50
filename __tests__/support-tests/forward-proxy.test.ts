import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { forwardProxy, type ForwardProxy } from '../support/forward-proxy.js';
import { loopback, type LoopbackServer } from '../support/loopback.js';
import { ask } from './plain-client.js';

describe('the forward proxy', () => {
  let origin: LoopbackServer;
  let proxy: ForwardProxy;
  beforeEach(async () => {
    origin = await loopback(() => ({ body: 'through' }));
    proxy = await forwardProxy({
      requires: 'Basic eA==',
      route: () => ({ host: '127.0.0.1', port: origin.port }),
    });
  });
  afterEach(() => Promise.all([origin.stop(), proxy.stop()]));

  it('forwards an absolute URL without its own credential and keeps what it was asked', async () => {
    const headers = { 'proxy-authorization': 'Basic eA==', host: 'origin.test' };
    const answer = await ask(proxy.url, { path: 'http://origin.test/a?b', headers });
    expect(answer.body.toString()).toBe('through');
    expect(proxy.asked).toMatchObject([
      { method: 'GET', target: 'http://origin.test/a?b', proxyAuthorization: 'Basic eA==' },
    ]);
    const seen = await origin.nextRequest();
    expect([seen.url, seen.headers.host, seen.headers['proxy-authorization']]).toEqual([
      '/a?b',
      'origin.test',
      undefined,
    ]);
  });

  it('asks for its credential', async () => {
    expect((await ask(proxy.url, { path: 'http://origin.test/' })).status).toBe(407);
    expect(origin.requests).toHaveLength(0);
  });

  it('opens a tunnel', async () => {
    const secure = await loopback(() => ({ body: 'tunnelled' }), { tls: 'localhost' });
    const tunnel = await forwardProxy({ route: () => ({ host: '127.0.0.1', port: secure.port }) });
    const socket = connect(tunnel.port, '127.0.0.1');
    socket.write('CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\n\r\n');
    expect(String(await new Promise((resolve) => socket.once('data', resolve)))).toMatch(
      /^HTTP\/1.1 200/,
    );
    const inside = connectTls({ socket, rejectUnauthorized: false });
    inside.write('GET /in HTTP/1.1\r\nHost: origin.test\r\n\r\n');
    expect(String(await new Promise((resolve) => inside.once('data', resolve)))).toContain(
      '200 OK',
    );
    expect(tunnel.asked).toMatchObject([{ method: 'CONNECT', target: 'origin.test:443' }]);
    expect((await secure.nextRequest()).url).toBe('/in');
    inside.destroy();
    await Promise.all([secure.stop(), tunnel.stop()]);
  });
});
