import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent } from 'node:http';
import axios from 'axios';
import { type Client, axiosFactory, createClient } from 'coldwire';
import type { Exchange } from '../support/exchange.js';
import { faultServer, type FaultServer, type Script } from '../support/fault-server.js';
import { errorOf, outcomeOf } from './outcome.js';

/** The server answers the first request of each connection and closes it when the second one comes: too late for the client. */
const closesOnReuse: Script = async (exchange: Exchange) => {
  const first = !seen.has(exchange.connection.n);
  seen.add(exchange.connection.n);
  if (first) await exchange.respond(200, {}, '1');
  else await exchange.reset();
};
const seen = new Set<number>();

const ways = [['the default'], ['an instance with an agent']] as const;

describe.each(ways)(
  'a kept-alive connection that the server closed just as it is used again, over %s',
  (way) => {
    let server: FaultServer;
    let agent: Agent;
    const start = async (script: Script = closesOnReuse): Promise<Client> => {
      seen.clear();
      server = await faultServer(script);
      agent = new Agent({ keepAlive: true, maxSockets: 1 });
      return createClient({
        baseUrl: server.url,
        factory: axiosFactory(
          way === 'the default' ? {} : { instance: axios.create({ httpAgent: agent }) },
        ),
      });
    };
    afterEach(async () => {
      agent.destroy();
      await server.stop();
    });

    it('costs an idempotent request one more on a fresh one, unseen by any policy', async () => {
      const client = await start();
      await outcomeOf(client.get('/1'));
      const events = await outcomeOf(client.get('/2').events);
      expect(events.completed).toBe(true);
      expect(events.values.filter((event) => event.type === 'sent')).toHaveLength(1);
      expect(
        server.exchanges.map((exchange) => [exchange.request.path, exchange.connection.n]),
      ).toEqual([
        ['/1', 1],
        ['/2', 1],
        ['/2', 2],
      ]);
    });

    it('costs a PUT its body again, whole', async () => {
      const client = await start(async (exchange) => {
        const body = (await exchange.readBody()).toString();
        if (seen.has(exchange.connection.n)) await exchange.reset();
        else await exchange.respond(200, {}, JSON.stringify(body));
        seen.add(exchange.connection.n);
      });
      await outcomeOf(client.put('/1', 'body'));
      expect((await outcomeOf(client.put('/2', 'body'))).values).toEqual(['body']);
      expect(
        (
          await outcomeOf(
            client.put('/3', () =>
              (async function* () {
                yield new TextEncoder().encode('recipe');
              })(),
            ),
          )
        ).values,
      ).toEqual(['recipe']);
    });

    it.each([
      ['a POST', (client: Client) => client.post('/2', 'body')],
      ['a PATCH', (client: Client) => client.patch('/2', 'body')],
      [
        'a PUT of a stream',
        (client: Client) =>
          client.put(
            '/2',
            (async function* () {
              yield new TextEncoder().encode('once');
            })(),
          ),
      ],
    ])('is a network error for %s, which is not sent again', async (_name, second) => {
      const client = await start();
      await outcomeOf(client.get('/1'));
      expect(await errorOf(second(client))).toMatchObject({
        kind: 'network',
        code: 'CONNECTION_RESET',
      });
      expect(server.exchanges.filter((exchange) => exchange.request.path === '/2')).toHaveLength(1);
    });

    it('is tried once more only: a fresh connection that is closed is an error', async () => {
      const client = await start(async (exchange) => {
        if (exchange.n === 1) await exchange.respond(200, {}, '1');
        else await exchange.reset();
      });
      await outcomeOf(client.get('/1'));
      expect(await errorOf(client.get('/2'))).toMatchObject({
        kind: 'network',
        code: 'CONNECTION_RESET',
      });
      expect(server.exchanges).toHaveLength(3);
    });

    it('does not hide a reset of a fresh connection', async () => {
      const client = await start((exchange) => exchange.reset());
      expect(await errorOf(client.get('/1'))).toMatchObject({
        kind: 'network',
        code: 'CONNECTION_RESET',
      });
      expect(server.exchanges).toHaveLength(1);
    });

    it('does not ask again once a byte of the answer has come', async () => {
      const client = await start(async (exchange) => {
        if (exchange.n === 1) return exchange.respond(200, {}, '1');
        await exchange.raw('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf');
        return exchange.reset();
      });
      await outcomeOf(client.get('/1'));
      expect(await errorOf(client.get('/2'))).toMatchObject({ kind: 'network' });
      expect(server.exchanges).toHaveLength(2);
    });
  },
);
