import { afterEach, describe, expect, it } from '@jest/globals';
import {
  loopback,
  type LoopbackHandler,
  type LoopbackOptions,
  type LoopbackServer,
} from '../support/loopback.js';
import { testAuthority } from '../support/tls-identities.js';
import { ask, failure, keepAlive, start } from './plain-client.js';

describe('the loopback server', () => {
  let server: LoopbackServer;
  const serve = async (
    handler?: LoopbackHandler,
    options?: LoopbackOptions,
  ): Promise<LoopbackServer> => (server = await loopback(handler, options));
  afterEach(() => server.stop());

  it('records each request in order with its raw fields and body, and answers what the handler returns', async () => {
    await serve((_request, _response, seen) => ({ status: 201, json: { n: seen.n } }));
    const answer = await ask(
      `${server.url}/a?b=c`,
      { method: 'POST', headers: { 'X-Name': 'v' } },
      'body',
    );
    await ask(`${server.url}/second`);
    expect(answer.status).toBe(201);
    expect(answer.body.toString()).toBe('{"n":1}');
    const [first, second] = [await server.nextRequest(), await server.nextRequest()];
    expect([first.method, first.url, second.url]).toEqual(['POST', '/a?b=c', '/second']);
    expect(first.rawHeaders.slice(0, 2)).toEqual(['X-Name', 'v']);
    expect((await first.body()).toString()).toBe('body');
  });

  it('counts connections, and many requests of one connection', async () => {
    await serve();
    const agent = keepAlive();
    for (let i = 0; i < 20; i++) await ask(server.url, { agent });
    expect(server.connections).toEqual({ opened: 1, closed: 0, open: 1 });
    expect(server.requests.map((seen) => seen.connection)).toEqual(Array(20).fill(1));
    agent.destroy();
    await server.unconnected();
    expect(server.connections).toEqual({ opened: 1, closed: 1, open: 0 });
  });

  it('tells when the client closed a request that was not answered', async () => {
    await serve((_request, response) => response.once('never', () => undefined) && undefined);
    const request = start(server.url);
    request.end();
    const seen = await server.nextRequest();
    expect(seen.state).toBe('open');
    request.destroy();
    expect((await server.closed(1)).state).toBe('cut');
    await server.idle();
    expect(await failure(server.answered(1))).toContain('cut');
  });

  it('rejects the body of a request that was closed in its middle', async () => {
    await serve();
    const request = start(server.url, { method: 'POST', headers: { 'content-length': 10 } });
    request.write('half');
    const seen = await server.nextRequest();
    await server.until(() => seen.received.length === 4);
    request.destroy();
    expect(await failure(seen.body())).toContain('closed in its body');
  });

  it('shows after a barrier what was sent before it, and does not count the barrier', async () => {
    await serve();
    start(server.url).end();
    await server.barrier();
    expect(server.requests).toHaveLength(1);
    expect(server.connections.opened).toBe(1);
  });

  it('serves https that a client with the test authority trusts', async () => {
    await serve(() => ({ body: 'secret' }), { tls: 'localhost' });
    expect((await ask(server.url, { ca: testAuthority() })).body.toString()).toBe('secret');
    expect(await failure(ask(server.url))).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    await server.barrier();
    expect(server.requests).toHaveLength(1);
  });

  it('gives the mistakes of its handler back when it stops', async () => {
    const broken = await loopback(() => {
      throw new Error('oops');
    });
    expect(await failure(ask(broken.url))).toBe('ECONNRESET');
    expect(await failure(broken.stop())).toBe('oops');
    await serve();
  });
});
