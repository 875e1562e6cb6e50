import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Subject, lastValueFrom, map, take, takeWhile, tap, toArray } from 'rxjs';
import { authenticate, axiosFactory, bearer, createClient, isTaskError } from '../../src/index.js';
import { type EventSourceNotice, eventSource } from '../../src/sse/event-source.js';
import { type FaultServer, faultServer } from '../support/fault-server.js';
import { seededRandom } from '../support/fault-plan.js';
import { type LoopbackServer, loopback } from '../support/loopback.js';

const SSE = { 'content-type': 'text/event-stream' };

describe.each(['http', 'fetch'] as const)("an event source over axios' %s adapter", (adapter) => {
  const client = createClient({ factory: axiosFactory({ adapter }) });
  let server: FaultServer | LoopbackServer;
  afterEach(async () => {
    await server.stop();
  });

  it('loses no event and doubles none over thirty cuts at random bytes', async () => {
    const random = seededRandom(7);
    const last = 120;
    server = await faultServer(async (exchange) => {
      const from = Number(exchange.request.headers['last-event-id'] ?? 0);
      await exchange.head(200, { ...SSE, 'transfer-encoding': 'chunked' });
      let text = 'retry: 0\n\n';
      for (let id = from + 1; id <= Math.min(from + 4, last); id++)
        text += `id: ${String(id)}\ndata: ${'é'.repeat(id % 7)}${String(id)}\n\n`;
      const bytes = Buffer.from(text);
      await exchange.chunk(bytes.subarray(0, 60 + Math.floor(random() * (bytes.byteLength - 60))));
      await (random() < 0.5 ? exchange.reset() : exchange.end());
    });
    const ids = eventSource(client, server.url, { maxRetryMs: 0 }).pipe(
      map(({ data }) => Number(data.replace(/é/g, ''))),
      takeWhile((id) => id < last, true),
      toArray(),
    );
    expect(await lastValueFrom(ids)).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    expect(server.connections.opened).toBeGreaterThan(30);
  }, 120_000);

  it('goes on behind the last id with a token that ran out while it was connected, renewed once for all (B16)', async () => {
    let valid = 'first';
    const streams: ServerResponse[] = [];
    const loop = await loopback((request, response) => {
      if (request.headers.authorization !== `Bearer ${valid}`) return { status: 401 };
      const from = Number(request.headers['last-event-id'] ?? 0);
      if (from >= 4) return { status: 204 };
      response.writeHead(200, SSE);
      response.write(
        `retry: 0\nid: ${String(from + 1)}\ndata: x\n\nid: ${String(from + 2)}\ndata: x\n\n`,
      );
      streams.push(response);
      return undefined;
    });
    server = loop;
    let refreshes = 0;
    const auth = authenticate({
      credential: 'first',
      apply: bearer,
      refresh: () => ((refreshes += 1), Promise.resolve('second')),
    });
    const guarded = createClient({
      baseUrl: loop.url,
      factory: axiosFactory({ adapter }),
      interceptors: [auth],
    });
    const received = new Subject<void>();
    const reading = lastValueFrom(received.pipe(take(4)));
    const both = [1, 2].map(() =>
      lastValueFrom(
        eventSource(guarded, '/feed').pipe(
          tap(() => {
            received.next();
          }),
          map(({ lastEventId }) => lastEventId),
          take(4),
          toArray(),
        ),
      ),
    );
    await reading;
    valid = 'second';
    for (const stream of streams.splice(0)) stream.destroy();
    expect(await Promise.all(both)).toEqual([
      ['1', '2', '3', '4'],
      ['1', '2', '3', '4'],
    ]);
    expect(refreshes).toBe(1);
    const later = loop.requests
      .slice(2)
      .map(({ headers }) => [headers.authorization, headers['last-event-id']]);
    expect(later.filter(([token]) => token === 'Bearer second')).toEqual([
      ['Bearer second', '2'],
      ['Bearer second', '2'],
    ]);
    expect(later.every(([, id]) => id === '2')).toBe(true);
  });

  it('closes its connection when it is left, and opens no other', async () => {
    const loop = await loopback((_request, response) => {
      response.writeHead(200, SSE);
      response.write('data: a\n\n');
    });
    server = loop;
    await lastValueFrom(eventSource(client, loop.url).pipe(takeWhile(() => false, true)));
    expect((await loop.closed(1)).state).toBe('cut');
    await loop.barrier();
    expect(loop.requests).toHaveLength(1);
  });

  it('sends method, body and headers on each connection, and tells its states', async () => {
    const loop = await loopback(async (_request, _response, seen) => {
      await seen.body();
      return seen.n < 3
        ? { headers: SSE, body: `retry: 0\nid: ${String(seen.n)}\ndata: x\n\n` }
        : { status: 204 };
    });
    server = loop;
    const states: EventSourceNotice['type'][] = [];
    const source = eventSource(client, loop.url, {
      method: 'POST',
      body: { topic: 'rain' },
      headers: { 'X-Tenant': 'acme' },
    });
    await lastValueFrom(source.notices.pipe(tap(({ type }) => states.push(type))));
    expect(states).toEqual([
      'connecting',
      'open',
      'event',
      'waiting',
      'connecting',
      'open',
      'event',
      'waiting',
      'connecting',
    ]);
    expect(
      loop.requests.map(({ method, headers, received }) => [
        method,
        headers['x-tenant'],
        headers['last-event-id'],
        headers.accept,
        received.toString(),
      ]),
    ).toEqual(
      [undefined, '1', '2'].map((id) => [
        'POST',
        'acme',
        id,
        'text/event-stream',
        '{"topic":"rain"}',
      ]),
    );
  });

  it('fails with a limit error for an event without an end, and closes the connection', async () => {
    const loop = await loopback((_request, response) => {
      response.writeHead(200, SSE);
      const fill = (): void => {
        while (
          !response.destroyed &&
          response.write('data: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n'.repeat(100))
        );
      };
      response.on('drain', fill);
      fill();
    });
    server = loop;
    const error = await lastValueFrom(eventSource(client, loop.url)).catch(
      (cause: unknown) => cause,
    );
    expect(isTaskError(error, 'limit') && error.which).toBe('event');
    expect((await loop.closed(1)).state).toBe('cut');
  });
});
