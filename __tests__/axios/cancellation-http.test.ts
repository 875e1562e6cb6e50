import { Agent } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import axios from 'axios';
import { axiosFactory, createClient } from 'coldwire';
import { eventually } from '../support/eventually.js';
import { faultServer, type FaultServer, type Script } from '../support/fault-server.js';
import { loopback } from '../support/loopback.js';
import { listen } from './listen.js';
import { unacceptingServer } from '../support/unaccepting-server.js';

/** From Node 24 on, a pool keeps a connection that nothing went over, and gives it to the next request. */
const KEEPS_UNUSED = Number(process.versions.node.split('.')[0]) >= 24;

let server: FaultServer;
const serve = async (script?: Script): Promise<string> => (server = await faultServer(script)).url;
afterEach(() => server.stop());

describe('C2: leaving over http', () => {
  it('before the request has its socket leaves none to the pool', async () => {
    const url = await serve();
    const httpAgent = new Agent({ keepAlive: true });
    const heard = listen(
      createClient({ factory: axiosFactory({ instance: axios.create({ httpAgent }) }) }).get(url),
    );
    while (Object.keys(httpAgent.sockets).length === 0) await Promise.resolve();
    heard.leave();
    // How many turns that takes differs from one version of Node to the next.
    await eventually(() => Object.keys(httpAgent.sockets).length === 0);
    const free = KEEPS_UNUSED ? [`${new URL(url).host}:`] : [];
    expect([Object.keys(httpAgent.sockets), Object.keys(httpAgent.freeSockets)]).toEqual([
      [],
      free,
    ]);
    expect(heard.notes).toEqual([]);
    httpAgent.destroy();
    await server.unconnected();
    expect(server.exchanges).toEqual([]);
  });

  it('while the connection is being made closes its socket', async () => {
    await serve();
    const unaccepting = await unacceptingServer();
    const sockets: { destroyed: boolean; once(event: 'close', listener: () => void): void }[] = [];
    const agent = new Agent();
    const connect = agent as unknown as {
      createConnection(...given: unknown[]): (typeof sockets)[number];
    };
    const original = connect.createConnection.bind(agent);
    connect.createConnection = (...given) => {
      const socket = original(...given);
      sockets.push(socket);
      return socket;
    };
    const client = createClient({
      factory: axiosFactory({ instance: axios.create({ httpAgent: agent }) }),
    });
    const heard = listen(client.get(unaccepting.url));
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false]);
    const closed = new Promise<void>((resolve) => sockets[0]?.once('close', resolve));
    heard.leave();
    await closed;
    expect(heard.notes).toEqual([]);
    await unaccepting.stop();
  });

  it('while it waits for one of the agent’s sockets never connects, and harms no other', async () => {
    const url = await serve();
    const instance = axios.create({ httpAgent: new Agent({ maxSockets: 1, keepAlive: true }) });
    const client = createClient({ factory: axiosFactory({ instance }) });
    const first = listen(client.get(`${url}/first`));
    const exchange = await server.next();
    const queued = [2, 3, 4].map((n) => listen(client.get(`${url}/${String(n)}`)));
    const last = listen(client.get(`${url}/last`));
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    for (const one of queued) one.leave();
    await exchange.respond(200, {}, '1');
    await (await server.next()).respond(200, {}, '2');
    await Promise.all([first.ended, last.ended]);
    expect(server.exchanges.map(({ request }) => request.path)).toEqual(['/first', '/last']);
    expect(queued.flatMap(({ notes }) => notes)).toEqual([]);
    expect(server.connections.opened).toBe(1);
  });

  it('leaves what arrives in the same turn unheard', async () => {
    await serve();
    const answering = await loopback(() => ({ json: 1 }));
    const client = createClient({ baseUrl: answering.url });
    const heard = listen(client.get('/'));
    await answering.answered(1);
    heard.leave();
    await answering.barrier();
    expect(heard.notes.length === 0 || heard.notes.join() === 'value,complete').toBe(true);
    await answering.stop();
  });
});
