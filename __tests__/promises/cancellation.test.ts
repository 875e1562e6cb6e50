import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import axios from 'axios';
import { NEVER, type Observable, type Subscription } from 'rxjs';
import {
  authenticate,
  axiosFactory,
  createClient,
  limitConcurrency,
  retryTransient,
} from 'coldwire';
import {
  faultServer,
  type FaultServer,
  type FaultServerOptions,
  type Script,
} from '../support/fault-server.js';
import * as faults from '../support/faults.js';
import { latch } from '../support/latch.js';
import { unacceptingServer } from '../support/unaccepting-server.js';
import { everywhere, factories } from './factories.js';
import { handClock } from './hand-clock.js';

/** Subscribes; whatever is heard after `left` was set fails the test. */
function watched(source: Observable<unknown>): {
  leave(): void;
  heardAfterwards(): readonly string[];
} {
  const heard: string[] = [];
  let left = false;
  const note = (what: string) => (): void => {
    if (left) heard.push(what);
  };
  const subscription: Subscription = source.subscribe({
    next: note('next'),
    error: note('error'),
    complete: note('complete'),
  });
  return {
    leave: () => {
      left = true;
      subscription.unsubscribe();
    },
    heardAfterwards: () => heard,
  };
}

describe.each(everywhere)(
  'unsubscribing closes at the server and is silent, over %s (C2, C10)',
  (way) => {
    let server: FaultServer;
    const serve = async (script?: Script, options?: FaultServerOptions): Promise<string> =>
      (server = await faultServer(script, options)).url;
    afterEach(() => server.stop());

    const factory = factories[way]();
    const client = createClient({ factory });
    const closes = async (
      source: Observable<unknown>,
      reached: () => Promise<unknown>,
    ): Promise<void> => {
      const task = watched(source);
      await reached();
      task.leave();
      await server.unconnected();
      expect(task.heardAfterwards()).toEqual([]);
    };

    for (const view of ['body', 'response', 'events', 'bytes'] as const) {
      const look = (url: string): Observable<unknown> =>
        view === 'body' ? client.get(url) : client.get(url)[view];

      it(`before the head, seen as ${view}`, async () => {
        const url = await serve(faults.neverAnswers());
        await closes(look(url), () => server.next());
      });

      it(`in the body, seen as ${view}`, async () => {
        const url = await serve();
        await closes(look(url), async () => {
          const exchange = await server.next();
          await exchange.head(200, { 'content-length': 100 });
          await exchange.body('half');
        });
      });
    }

    // undici keeps a connection that it is still making, and nobody outside can reach it.
    if (way !== 'fetch') {
      it('in the TLS handshake, stalled before or in the server’s first record', async () => {
        for (const fault of ['silent', 'stalledRecord'] as const) {
          const url = await serve(undefined, {
            tls: 'localhost',
            connection: faults.connectionFaults[fault],
          });
          await closes(client.get(url), () => server.connection(1));
          await server.stop();
        }
      });
    }

    it.each(['at once', 'a turn later'])('while it connects, %s', async (when) => {
      await serve();
      const unaccepting = await unacceptingServer();
      const made = latch();
      let socket: Socket | undefined;
      const httpAgent = new Agent();
      const { createConnection } = httpAgent as unknown as {
        createConnection: (...given: unknown[]) => Socket;
      };
      Object.assign(httpAgent, {
        createConnection: (...given: unknown[]) => {
          socket = createConnection.apply(httpAgent, given);
          made.open();
          return socket;
        },
      });
      const task = watched(
        createClient({ factory: axiosFactory({ instance: axios.create({ httpAgent }) }) }).get(
          unaccepting.url,
        ),
      );
      await made.opened;
      if (when === 'a turn later') await new Promise((resolve) => setImmediate(resolve));
      expect(socket?.connecting).toBe(true);
      const closed = new Promise((resolve) => socket?.once('close', resolve));
      task.leave();
      await closed;
      expect(task.heardAfterwards()).toEqual([]);
      await unaccepting.stop();
    });

    it('in the upload', async () => {
      const url = await serve();
      await closes(
        client.post(url, () =>
          (async function* () {
            for (;;) yield new Uint8Array(65_536);
          })(),
        ),
        async () => {
          const exchange = await server.next();
          await exchange.readSome();
        },
      );
    });

    it('in the body of a redirect and of an error', async () => {
      for (const head of ['HTTP/1.1 302 Found\r\nlocation: /x', 'HTTP/1.1 500 No']) {
        const url = await serve(faults.sends(`${head}\r\ncontent-length: 9\r\n\r\nhal`, 'stall'));
        await closes(client.get(url), () => server.next());
        expect(server.exchanges).toHaveLength(1);
        await server.stop();
      }
    });

    it('on the second hop of a redirect', async () => {
      const url = await serve(faults.inTurn(faults.redirects('/x'), faults.neverAnswers()));
      await closes(client.get(url), () => server.exchange(2));
    });

    it('in the pause before another attempt, and no attempt follows', async () => {
      const url = await serve(faults.answers(503));
      const clock = handClock();
      const waiting = latch();
      const task = watched(
        createClient({
          scheduler: clock.scheduler,
          interceptors: [retryTransient({ when: () => (waiting.open(), true) })],
        }).get(url),
      );
      await waiting.opened;
      task.leave();
      expect(clock.waiting).toBe(0);
      clock.advance(100_000);
      expect(server.exchanges).toHaveLength(1);
      expect(task.heardAfterwards()).toEqual([]);
    });

    it('in a queue, and nothing is sent', async () => {
      const url = await serve(faults.neverAnswers());
      const queued = createClient({ interceptors: [limitConcurrency(1)] });
      const first = watched(queued.get(`${url}/first`));
      const second = watched(queued.get(`${url}/second`));
      await server.next();
      second.leave();
      first.leave();
      await server.unconnected();
      expect(server.exchanges.map((exchange) => exchange.request.path)).toEqual(['/first']);
    });

    it('while it waits for a refresh, and nothing more is sent', async () => {
      const url = await serve(faults.answers(401));
      const refreshing = latch();
      const auth = authenticate<string>({
        credential: 'old',
        origins: [url],
        apply: (request) => request,
        refresh: () => (refreshing.open(), NEVER),
        refreshLifetime: 'refCount',
      });
      const task = watched(createClient({ interceptors: [auth] }).get(url));
      await refreshing.opened;
      task.leave();
      expect(server.exchanges).toHaveLength(1);
      expect(task.heardAfterwards()).toEqual([]);
    });

    it('in the same tick, and no connection is opened', async () => {
      const url = await serve(faults.answers(200));
      for (let i = 0; i < 100; i++) client.get(url).subscribe().unsubscribe();
      await new Promise((resolve) => {
        client.get(url).subscribe({
          complete: () => {
            resolve(undefined);
          },
          error: resolve,
        });
      });
      expect(server.exchanges).toHaveLength(1);
      expect(server.connections.opened).toBe(1);
    });

    it('after the end it does nothing: the connection is kept', async () => {
      const url = await serve(faults.answers(200, {}, '1'));
      const agent = new Agent({ keepAlive: true });
      const kept = createClient({
        factory: axiosFactory({ instance: axios.create({ httpAgent: agent }) }),
      });
      for (let i = 0; i < 3; i++) {
        const subscription = await new Promise<Subscription>((resolve) => {
          const one: Subscription = kept.get(url).subscribe({
            complete: () =>
              setImmediate(() => {
                resolve(one);
              }),
          });
        });
        subscription.unsubscribe();
      }
      expect(server.connections).toEqual({ opened: 1, closed: 0, open: 1 });
      agent.destroy();
    });
  },
);
