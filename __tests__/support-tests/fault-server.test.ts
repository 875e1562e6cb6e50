import { afterEach, describe, expect, it } from '@jest/globals';
import { gunzipSync } from 'node:zlib';
import { bomb, brokenCompressions, compressed } from '../support/compressions.js';
import { faultRelay } from '../support/fault-relay.js';
import {
  faultServer,
  type FaultServer,
  type FaultServerOptions,
  type Script,
} from '../support/fault-server.js';
import * as faults from '../support/faults.js';
import { latch } from '../support/latch.js';
import { loopback } from '../support/loopback.js';
import { malformed, tolerable } from '../support/malformed.js';
import { testAuthority } from '../support/tls-identities.js';
import { unacceptingServer } from '../support/unaccepting-server.js';
import { chunkedResponseBytes, responseBytes } from '../support/wire.js';
import { ask, failure, keepAlive, start } from './plain-client.js';

describe('the fault server', () => {
  let server: FaultServer;
  const serve = async (script?: Script, options?: FaultServerOptions): Promise<FaultServer> =>
    (server = await faultServer(script, options));
  afterEach(() => server.stop());

  it('lets a test answer by hand, step by step', async () => {
    await serve();
    const answer = ask(`${server.url}/x`, { method: 'PUT', headers: { 'X-A': '1' } }, 'up');
    const exchange = await server.next();
    expect([
      exchange.request.method,
      exchange.request.path,
      exchange.request.headers['x-a'],
    ]).toEqual(['PUT', '/x', '1']);
    expect((await exchange.readBody()).toString()).toBe('up');
    await exchange.head(200, { 'content-length': 3 });
    const drip = exchange.drip('abc');
    await drip.step();
    expect(drip.done).toBe(false);
    await drip.rest();
    expect((await answer).body.toString()).toBe('abc');
    await exchange.end();
  });

  it('serves many requests on one connection while answers are correct', async () => {
    await serve(
      faults.inTurn(
        faults.answers(200, {}, 'one'),
        faults.answers(204),
        faults.answers(200, {}, 'three'),
      ),
    );
    const agent = keepAlive();
    const bodies = [];
    for (let i = 0; i < 3; i++)
      bodies.push((await ask(server.url, { agent, method: 'POST' }, 'x')).body.toString());
    expect(bodies).toEqual(['one', '', 'three']);
    expect(server.connections.opened).toBe(1);
    agent.destroy();
    await server.unconnected();
  });

  it('reads a chunked upload', async () => {
    await serve(async (exchange) => exchange.respond(200, {}, await exchange.readBody()));
    const request = start(server.url, { method: 'POST' });
    const answer = new Promise<string>((resolve) =>
      request.on('response', (response) =>
        response.once('data', (bytes) => resolve(String(bytes))),
      ),
    );
    request.write('ab');
    request.write('cd');
    request.end('e');
    expect(await answer).toBe('abcde');
  });

  it.each([
    ['reset before the head', faults.resetsBeforeHead(), 'ECONNRESET'],
    ['cut before the head', faults.cutsBeforeHead(), 'ECONNRESET'],
    ['reset in the head', faults.breaksInHead('reset'), 'ECONNRESET'],
    ['reset after the head', faults.breaksAfterHead('reset'), 'ECONNRESET'],
    ['cut in the body', faults.breaksInBody('cut'), 'ECONNRESET'],
    ['reset in the body', faults.breaksInBody('reset'), 'ECONNRESET'],
    ['cut in the chunks', faults.breaksInChunks('cut'), 'ECONNRESET'],
    ['a length that promises more', faults.liesAboutLength(9, 'short'), 'ECONNRESET'],
  ])('makes a client fail by %s', async (_name, script, code) => {
    await serve(script);
    expect(await failure(ask(server.url))).toBe(code);
    await server.unconnected();
  });

  it('resets an undelimited body after the client has read its part', async () => {
    const seen = latch();
    await serve(faults.breaksUndelimitedBody('reset', seen.opened));
    const request = start(server.url);
    const failed = new Promise<NodeJS.ErrnoException>((resolve) => request.once('error', resolve));
    request.on('response', (response) =>
      response.once('data', () => seen.open()).once('error', () => undefined),
    );
    request.end();
    expect((await failed).code).toBe('ECONNRESET');
  });

  it('cuts correct answers at every byte', async () => {
    for (const bytes of [
      responseBytes(200, { a: 'b' }, 'abc'),
      chunkedResponseBytes(200, {}, ['ab', 'c']),
    ]) {
      for (let upTo = 0; upTo < bytes.length; upTo++) {
        const cut = await faultServer(faults.sends(bytes, 'cut', upTo));
        expect(await failure(ask(cut.url))).toMatch(/ECONNRESET|HPE_/);
        await cut.stop();
      }
      await serve(faults.sends(bytes, 'cut'));
      expect((await ask(server.url)).body.toString()).toBe('abc');
      await server.stop();
    }
    await serve();
  });

  it('stalls until the client leaves, and says how it left', async () => {
    await serve(faults.breaksInBody('stall'));
    const request = start(server.url);
    request.end();
    const exchange = await server.next();
    await new Promise((resolve) => request.once('response', resolve));
    expect(exchange.open).toBe(true);
    request.destroy();
    expect(['fin', 'reset']).toContain(await exchange.closed);
    await server.unconnected();
  });

  it('never reads an upload until told', async () => {
    await serve(faults.byPath({ '/up': faults.neverReadsUpload() }, faults.answers(200)));
    const request = start(`${server.url}/up`, {
      method: 'POST',
      headers: { 'content-length': 64_000_000 },
    });
    request.write(Buffer.alloc(64_000_000));
    const exchange = await server.next();
    for (let i = 0; i < 10; i++) await ask(server.url);
    expect(exchange.receivedBytes).toBeLessThan(1_000_000);
    exchange.resumeReading();
    expect((await exchange.readBody()).length).toBe(64_000_000);
    request.destroy();
  });

  it('answers an upload before reading it and then resets', async () => {
    await serve(faults.answersEarly(413, 'reset'));
    const request = start(server.url, {
      method: 'POST',
      headers: { 'content-length': 64_000_000 },
    });
    const ended = new Promise((resolve) => request.once('close', resolve));
    request.write(Buffer.alloc(1_000_000));
    await ended;
    expect((await server.next()).receivedBytes).toBeLessThan(1_000_000);
  });

  it.each(Object.entries(malformed))(
    'sends %s, which node:http does not take as a good answer',
    async (name, bytes) => {
      await serve(faults.sends(bytes));
      const outcome = await ask(server.url).then(
        (answer) => `${answer.status} ${answer.body.toString()}`,
        () => 'failed',
      );
      const takenByNode = ['ten thousand header lines'];
      if (!takenByNode.includes(name)) expect(outcome).toBe('failed');
    },
  );

  it.each(Object.entries(tolerable))(
    'sends %s, which node:http takes or refuses at once',
    async (_name, bytes) => {
      await serve(faults.sends(bytes));
      const outcome = await ask(server.url).then(
        (answer) => answer.body.toString(),
        () => 'ok',
      );
      expect(outcome).toBe('ok');
    },
  );

  it.each([
    ['untrusted', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['wrong-host', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['expired', 'CERT_HAS_EXPIRED'],
  ] as const)('shows a certificate that is %s', async (tls, code) => {
    await serve(faults.answers(200), { tls });
    expect(await failure(ask(server.url, { ca: testAuthority() }))).toBe(code);
    await server.unconnected();
  });

  it('does over TLS what it does without', async () => {
    await serve(
      faults.inTurn(
        faults.answers(200, {}, 'ok'),
        faults.breaksInBody('reset'),
        faults.breaksInBody('cut'),
      ),
      { tls: 'localhost' },
    );
    const ca = testAuthority();
    expect((await ask(server.url, { ca })).body.toString()).toBe('ok');
    expect(await failure(ask(server.url, { ca }))).toBe('ECONNRESET');
    expect(await failure(ask(server.url, { ca }))).toBe('ECONNRESET');
    await server.unconnected();
  });

  it('stalls and breaks the TLS handshake', async () => {
    for (const fault of ['reset', 'cut', 'plainText'] as const) {
      const broken = await faultServer(undefined, {
        tls: 'localhost',
        connection: faults.connectionFaults[fault],
      });
      expect(await failure(ask(broken.url))).toMatch(/ECONNRESET|EPROTO|ERR_SSL/);
      await broken.stop();
    }
    for (const fault of ['silent', 'stalledRecord'] as const) {
      const silent = await faultServer(undefined, {
        tls: 'localhost',
        connection: faults.connectionFaults[fault],
      });
      const request = start(silent.url);
      request.end();
      const connection = await silent.connection(1);
      request.destroy();
      expect(['fin', 'reset']).toContain(await connection.closed);
      await silent.stop();
    }
    await serve();
  });

  it('breaks a TLS answer at a byte with a relay before it', async () => {
    const target = await loopback(() => ({ body: 'x'.repeat(5_000) }), { tls: 'localhost' });
    for (const upTo of [0, 1, 100, 2_000]) {
      const relay = await faultRelay(target.port, { upTo, then: 'cut' });
      expect(
        await failure(ask(`https://localhost:${relay.port}`, { ca: testAuthority() })),
      ).toMatch(/ECONNRESET|EPROTO|ERR_SSL/);
      await relay.stop();
    }
    await target.stop();
    await serve();
  });

  it('makes small bodies that grow, and compressed bodies that are broken', async () => {
    await serve();
    expect(bomb(10_000_000, 'gzip').length).toBeLessThan(20_000);
    expect(bomb(10_000_000, 'gzip', 'gzip', 'br').length).toBeLessThan(1_000);
    expect(gunzipSync(compressed('abc', 'gzip')).toString()).toBe('abc');
    expect(Object.keys(brokenCompressions('gzip', 'abc'))).toHaveLength(8);
  });

  it('gives the mistakes of a script back when it stops', async () => {
    const broken = await faultServer(() => {
      throw new Error('oops');
    });
    expect(await failure(ask(broken.url))).toBe('ECONNRESET');
    expect(await failure(broken.stop())).toBe('oops');
    await serve();
  });

  it('keeps a client in the connect phase', async () => {
    const unaccepting = await unacceptingServer();
    const request = start(unaccepting.url);
    let connected = false;
    request.once('socket', (socket) => socket.once('connect', () => (connected = true)));
    request.end();
    await serve(faults.answers(200));
    for (let i = 0; i < 10; i++) await ask(server.url);
    expect(connected).toBe(false);
    request.destroy();
    await unaccepting.stop();
  });
});
