import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Agent, type IncomingMessage, globalAgent } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import axios from 'axios';
import { type Subscription, firstValueFrom, forkJoin, lastValueFrom } from 'rxjs';
import { axiosFactory, createClient } from 'coldwire';
import { faultServer, type FaultServer } from '../support/fault-server.js';
import { held, heldNoMoreThan } from '../support/held.js';
import { loopback, type LoopbackServer } from '../support/loopback.js';

/** The engine's own collector, which a flag brings out. */
function collect(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** Numbers that look random and come again in the next run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
const TIMERS = /^Timeout$/;
const freeSockets = (agent: Agent): Socket[] =>
  Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? []);
const listenersOf = (socket: Socket): number =>
  socket.eventNames().reduce((sum, name) => sum + socket.listenerCount(name), 0);

let server: LoopbackServer | undefined;
let faults: FaultServer | undefined;
afterEach(async () => {
  await server?.stop();
  await faults?.stop();
  server = faults = undefined;
});

describe('the pool', () => {
  it('is at its start after 10,000 subscriptions that were left at random moments', async () => {
    server = await loopback(async (request, response) => {
      if (request.url === '/slow') await turn();
      response.writeHead(200, { 'content-length': 10_000 });
      response.write(Buffer.alloc(5_000, '1'));
      await turn();
      response.end(Buffer.alloc(5_000, '1'));
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 40 });
    const client = createClient({
      baseUrl: server.url,
      factory: axiosFactory({ instance: axios.create({ httpAgent: agent }) }),
    });
    const plain = createClient({ baseUrl: server.url });
    const long = new AbortController();
    await firstValueFrom(plain.get('/'));
    const timersBefore = [...held(TIMERS), 'Timeout'];
    const random = seeded(20_261_117);
    const living: Subscription[] = [];
    const heard = { late: 0, errors: 0, unhandled: 0 };
    const onUnhandled = (): void => {
      heard.unhandled++;
    };
    process.on('unhandledRejection', onUnhandled);
    for (let i = 0; i < 10_000; i++) {
      const task = i % 10 === 0 ? client.get('/slow') : plain.get('/', { signal: long.signal });
      let left = false;
      const subscription = task.subscribe({
        next: () => {
          if (left) heard.late++;
        },
        error: () => heard.errors++,
      });
      subscription.add(() => {
        left = true;
      });
      const moment = random();
      if (moment < 0.6) subscription.unsubscribe();
      else living.push(subscription);
      if (moment < 0.1) await turn();
      while (living.length > 30)
        living.splice(Math.floor(random() * living.length), 1)[0]?.unsubscribe();
    }
    for (const one of living) one.unsubscribe();
    await server.idle();
    await server.until(
      ({ connections }) =>
        connections.open <= freeSockets(agent).length + freeSockets(globalAgent).length,
    );
    await turn();
    process.off('unhandledRejection', onUnhandled);
    expect(heard).toEqual({ late: 0, errors: 0, unhandled: 0 });
    expect(Object.values(agent.sockets).length + Object.values(agent.requests).length).toBe(0);
    await heldNoMoreThan(timersBefore, TIMERS);
    expect(getEventListeners(long.signal, 'abort')).toEqual([]);
    const most = Math.max(
      0,
      ...[...freeSockets(agent), ...freeSockets(globalAgent)].map(listenersOf),
    );
    const fresh = freeListeners();
    expect(most).toBeLessThanOrEqual((await fresh) + 3);
    agent.destroy();
    await firstValueFrom(plain.get('/'));
  }, 120_000);

  /** The listeners that Node itself keeps on an idle socket. */
  async function freeListeners(): Promise<number> {
    const own = new Agent({ keepAlive: true });
    const http = await import('node:http');
    await new Promise<void>((resolve) => {
      http.get(server?.url ?? '', { agent: own }, (response: IncomingMessage) =>
        response.resume().on('end', () => {
          setImmediate(resolve);
        }),
      );
    });
    const [socket] = freeSockets(own);
    const count = socket === undefined ? 0 : listenersOf(socket);
    own.destroy();
    return count;
  }

  it('keeps one connection, with no listener more, over 200 requests in turn (axios #10780)', async () => {
    server = await loopback(() => ({ json: 1 }));
    const agent = new Agent({ keepAlive: true });
    for (const instance of [undefined, axios.create({ httpAgent: agent })]) {
      const client = createClient({
        baseUrl: server.url,
        factory: axiosFactory(instance === undefined ? {} : { instance }),
      });
      const counts = new Set<number>();
      for (let i = 0; i < 100; i++) {
        await firstValueFrom(client.post('/', { i }));
        await turn();
        for (const socket of freeSockets(instance === undefined ? globalAgent : agent))
          counts.add(listenersOf(socket));
      }
      expect(counts.size).toBe(1);
    }
    expect(server.connections.opened).toBe(2);
    agent.destroy();
  });

  it('gives a stale connection up with all idle ones to its host: the second try is on a fresh one', async () => {
    const served = new Map<unknown, number>();
    faults = await faultServer(async (exchange) => {
      const before = served.get(exchange.connection) ?? 0;
      served.set(exchange.connection, before + 1);
      if (before > 0) await exchange.reset();
      else await exchange.respond(200, {}, '1');
    });
    const client = createClient({ baseUrl: faults.url });
    await lastValueFrom(forkJoin([1, 2, 3].map((n) => client.get(`/${String(n)}`))));
    await turn();
    expect(faults.connections.open).toBe(3);
    expect(await firstValueFrom(client.get('/again'))).toBe(1);
    expect(faults.connections.opened).toBe(4);
    await expect(axios.get(`${faults.url}/bare`)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('G1: a thousand at once get each its own answer', async () => {
    server = await loopback(async (request) => {
      await turn();
      return { json: request.url };
    });
    const client = createClient({ baseUrl: server.url });
    const ids = Array.from({ length: 1_000 }, (_, id) => `/item/${String(id)}`);
    expect(await lastValueFrom(forkJoin(ids.map((id) => client.get(id))))).toEqual(ids);
  }, 120_000);

  it('F8: retains no task, no request and no body that is over', async () => {
    server = await loopback(() => ({ json: { big: 'x'.repeat(1_000) } }));
    faults = await faultServer();
    const client = createClient({ factory: axiosFactory() });
    const refs: WeakRef<object>[] = [];
    const run = async (url: string, leaves: boolean): Promise<void> => {
      const task = client.post<object>(url, { a: 1 });
      refs.push(new WeakRef(task), new WeakRef(task.request));
      if (leaves) {
        const subscription = task.subscribe();
        const exchange = await (faults as FaultServer).next();
        subscription.unsubscribe();
        await exchange.closed;
      } else refs.push(new WeakRef(await firstValueFrom(task)));
    };
    await run(server.url, false);
    await run(faults.url, true);
    await run(server.url, false);
    for (let i = 0; i < 5; i++) {
      await turn();
      collect();
    }
    expect(refs.map((ref) => ref.deref())).toEqual(refs.map(() => undefined));
  });
});
