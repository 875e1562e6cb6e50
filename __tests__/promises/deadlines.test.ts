import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent } from 'node:http';
import { NEVER, type Observable } from 'rxjs';
import axios from 'axios';
import {
  type Client,
  type ClientOptions,
  authenticate,
  axiosFactory,
  createClient,
  deadline,
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
import { handClock, type HandClock } from './hand-clock.js';
import { type Outcome, outcomeOf } from './outcome.js';

const T = 5_000;

describe('a total deadline ends the task at its time', () => {
  let server: FaultServer;
  let clock: HandClock;
  const serve = async (script?: Script, options?: FaultServerOptions): Promise<string> =>
    (server = await faultServer(script, options)).url;
  const clientWith = (options: ClientOptions = {}): Client => {
    clock = handClock();
    return createClient({
      ...options,
      scheduler: clock.scheduler,
      random: () => 0,
      interceptors: [deadline(T), ...(options.interceptors ?? [])],
    });
  };
  afterEach(() => server.stop());

  /** Nothing has ended a millisecond before the time; at the time it has, and no timer and no connection is left. */
  const endsInTime = async (
    task: Observable<unknown>,
    reached: () => Promise<unknown>,
    firstMs = 0,
  ): Promise<void> => {
    let ended: Outcome<unknown> | undefined;
    const outcome = outcomeOf(task).then((end) => (ended = end));
    await reached();
    clock.advance(T - 1 - firstMs);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBeUndefined();
    clock.advance(1);
    expect((await outcome).error).toMatchObject({ kind: 'timeout', phase: 'total', afterMs: T });
    expect(clock.waiting).toBe(0);
    await server.unconnected();
  };

  it('while the name is looked up', async () => {
    await serve();
    const asked = latch();
    const httpAgent = new Agent({
      lookup: () => {
        asked.open();
      },
    } as object);
    const client = clientWith({ factory: axiosFactory({ instance: axios.create({ httpAgent }) }) });
    await endsInTime(
      client.get(`http://name.localhost:${String(server.port)}`),
      () => asked.opened,
    );
  });

  it('while it connects', async () => {
    await serve();
    const unaccepting = await unacceptingServer();
    const connecting = latch();
    const httpAgent = new Agent();
    const { createConnection } = httpAgent as unknown as {
      createConnection: (...given: unknown[]) => unknown;
    };
    Object.assign(httpAgent, {
      createConnection: (...given: unknown[]) => (
        connecting.open(),
        createConnection.apply(httpAgent, given)
      ),
    });
    const client = clientWith({ factory: axiosFactory({ instance: axios.create({ httpAgent }) }) });
    await endsInTime(client.get(unaccepting.url), () => connecting.opened);
    await unaccepting.stop();
  });

  it('in the TLS handshake', async () => {
    const url = await serve(undefined, {
      tls: 'localhost',
      connection: faults.connectionFaults.silent,
    });
    await endsInTime(clientWith().get(url), () => server.connection(1));
  });

  it('while it sends a body that nobody reads', async () => {
    const url = await serve(faults.neverReadsUpload());
    const client = clientWith();
    await endsInTime(client.post(url, new Uint8Array(32_000_000)), async () => {
      const exchange = await server.next();
      void clock.scheduler.schedule(() => {
        exchange.resumeReading();
      }, T); // who does not read does not see the end
    });
  });

  it('before the head', async () => {
    const url = await serve(faults.neverAnswers());
    await endsInTime(clientWith().get(url), () => server.next());
  });

  it('in a body that stalls', async () => {
    const url = await serve(faults.breaksInBody('stall'));
    await endsInTime(clientWith().get(url), () => server.next());
  });

  it('in a body that never ends but always comes (F1)', async () => {
    const url = await serve();
    const client = clientWith();
    await endsInTime(
      client.get(url),
      async () => {
        const exchange = await server.next();
        await exchange.head(200, { 'content-length': 1_000 });
        const drip = exchange.drip('x'.repeat(1_000));
        for (let i = 0; i < 10; i++) {
          await drip.step();
          clock.advance(100);
        }
      },
      1_000,
    );
  });

  it('after redirects', async () => {
    const url = await serve(
      faults.inTurn(faults.redirects('/1'), faults.redirects('/2'), faults.neverAnswers()),
    );
    await endsInTime(clientWith().get(url), () => server.exchange(3));
  });

  it('in the body of a redirect', async () => {
    const url = await serve(
      faults.sends('HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 9\r\n\r\nhal', 'stall'),
    );
    await endsInTime(clientWith().get(url), () => server.next());
  });

  it('in the body of an error', async () => {
    const url = await serve(
      faults.sends('HTTP/1.1 500 No\r\ncontent-length: 9\r\n\r\nhal', 'stall'),
    );
    const { error } = await new Promise<Outcome<unknown>>((resolve) => {
      void outcomeOf(clientWith().get(url)).then(resolve);
      void server.next().then(() => {
        clock.advance(T);
      });
    });
    expect(['timeout', 'status']).toContain((error as { kind: string }).kind);
    await server.unconnected();
  });

  it('in the pause before another attempt', async () => {
    const url = await serve(faults.answers(503, { 'retry-after': '3600' }));
    const waiting = latch();
    const client = clientWith({
      interceptors: [
        (request, next) => next(request),
        retryTransient({ maxRetryAfterMs: Infinity, when: () => (waiting.open(), true) }),
      ],
    });
    const task = client.get(url);
    let ended: Outcome<unknown> | undefined;
    const outcome = outcomeOf(task).then((end) => (ended = end));
    await waiting.opened;
    clock.advance(T - 1);
    expect(ended).toBeUndefined();
    clock.advance(1);
    expect((await outcome).error).toMatchObject({ kind: 'timeout', phase: 'total' });
    expect(server.exchanges).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  it('while it waits for a refresh', async () => {
    const url = await serve(faults.answers(401));
    const refreshing = latch();
    const auth = authenticate<string>({
      credential: 'old',
      origins: [url],
      apply: (request, token) =>
        request.clone({ headers: request.headers.set('authorization', `Bearer ${token}`) }),
      refresh: () => (refreshing.open(), NEVER),
      refreshLifetime: 'refCount',
    });
    const outcome = outcomeOf(clientWith({ interceptors: [auth] }).get(url));
    await refreshing.opened;
    clock.advance(T);
    expect((await outcome).error).toMatchObject({ kind: 'timeout', phase: 'total' });
    expect(clock.waiting).toBe(0);
  });

  it('in a queue, from which it never connects', async () => {
    const url = await serve(faults.neverAnswers());
    const client = clientWith({ interceptors: [limitConcurrency(1)] });
    const first = outcomeOf(client.get(`${url}/first`));
    const second = outcomeOf(client.get(`${url}/second`));
    await server.next();
    clock.advance(T);
    expect((await first).error).toMatchObject({ kind: 'timeout', phase: 'total' });
    expect((await second).error).toMatchObject({ kind: 'timeout', phase: 'total' });
    await server.unconnected();
    expect(server.exchanges).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });
});
