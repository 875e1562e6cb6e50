import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Subject, firstValueFrom, share } from 'rxjs';
import { type TaskEvent, asText, axiosFactory, createClient, recipeBody } from 'coldwire';
import { errorOf } from '../promises/outcome.js';
import { faultServer, type FaultServer, type Script } from '../support/fault-server.js';
import * as faults from '../support/faults.js';
import { latch } from '../support/latch.js';
import { loopback } from '../support/loopback.js';

let server: FaultServer;
const serve = async (script?: Script): Promise<string> => (server = await faultServer(script)).url;
afterEach(() => server.stop());

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe.each([
  ['http', createClient()],
  ['fetch', createClient({ factory: axiosFactory({ adapter: 'fetch' }) })],
] as const)('a body over %s', (_name, client) => {
  it('A5: of unknown length goes chunked, each chunk before the next is made', async () => {
    const url = await serve();
    const arrived = latch();
    const made: string[] = [];
    const done = firstValueFrom(
      client.post(url, async function* () {
        made.push('first');
        yield bytes('first');
        await arrived.opened;
        made.push('second');
        yield bytes('second');
      }),
    );
    const exchange = await server.next();
    expect(exchange.request.headers).toMatchObject({ 'transfer-encoding': 'chunked' });
    expect(exchange.request.headers).not.toHaveProperty('content-length');
    expect(String(await exchange.readSome())).toContain('first');
    expect(made).toEqual(['first']);
    arrived.open();
    expect(String(await exchange.readSome())).toContain('second');
    await exchange.respond(200, {}, '1');
    await done;
  });

  it('of an Observable that is faster than the server is bounded: a limit error, and it is left', async () => {
    const url = await serve(faults.neverReadsUpload());
    const source = new Subject<Uint8Array>();
    const failed = errorOf(client.post(url, () => source));
    let isOver = false;
    void failed.then(() => {
      isOver = true;
    });
    while (!isOver) {
      for (let sent = 0; sent < 10; sent++) source.next(new Uint8Array(65_536));
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    expect(await failed).toMatchObject({ kind: 'limit', which: 'queue', code: 'LIMIT_QUEUE' });
    expect(source.observed).toBe(false);
  });

  it('that gives something else than bytes is refused, and never complete', async () => {
    const url = await serve();
    const failed = errorOf(
      client.post(url, (() => [Promise.resolve('text')][Symbol.iterator]()) as never),
    );
    expect(await failed).toMatchObject({ kind: 'request', field: 'body' });
    const strings = errorOf(
      client.post(url, async function* () {
        yield 'text' as never;
      }),
    );
    expect(await strings).toMatchObject({ kind: 'request', field: 'body', code: 'INVALID_BODY' });
  });

  it('G3: is whole in every handler, after three delayed chunks', async () => {
    const gates = [latch(), latch(), latch()];
    const url = await serve(async (exchange) => {
      await exchange.head(200, { 'transfer-encoding': 'chunked' });
      for (const [at, gate] of gates.entries()) {
        await gate.opened;
        await exchange.chunk(`part ${String(at)};`);
      }
      await exchange.lastChunk();
      exchange.keepAlive();
    });
    const order: string[] = [];
    const task = client.get(url, { decode: asText });
    const whole = firstValueFrom(task).then((text) => order.push(text));
    for (const gate of gates) {
      expect(order).toEqual([]);
      gate.open();
    }
    await whole;
    expect(order).toEqual(['part 0;part 1;part 2;']);
  });

  it('G4: shared by three handlers, is asked for once and handed to each in turn', async () => {
    const url = await serve(faults.answers(200, {}, '"all of it"'));
    const shared = client.get(url).pipe(share());
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      for (const handler of ['a', 'b', 'c'])
        shared.subscribe({
          next: (body) => order.push(`${handler}: ${String(body)}`),
          complete: () => {
            if (handler === 'c') resolve();
          },
        });
    });
    expect(order).toEqual(['a: all of it', 'b: all of it', 'c: all of it']);
    expect(server.exchanges.length).toBe(1);
  });

  it('is held back at the server while its reader is busy', async () => {
    await serve(faults.answers(200));
    const big = 60_000_000;
    const writes: ServerResponse[] = [];
    const sender = await loopback((_request, response) => {
      writes.push(response);
      response.writeHead(200, { 'content-length': big });
      response.write(Buffer.alloc(big));
    });
    const iterator = client.get(sender.url).bytes[Symbol.asyncIterator]();
    expect((await iterator.next()).done).toBe(false);
    // Time for the pipe to fill: while another client asks and is answered, over and over.
    let before = -1;
    while (before !== writes[0]?.writableLength) {
      before = writes[0]?.writableLength ?? 0;
      for (let i = 0; i < 20; i++) await firstValueFrom(createClient().get(server.url));
    }
    expect(before).toBeGreaterThan(big / 2);
    await iterator.return?.();
    await sender.closed(1);
    await sender.stop();
  });

  it('counts nothing twice in its progress, and ends with its total', async () => {
    const url = await serve(async (exchange) =>
      exchange.respond(200, {}, await exchange.readBody()),
    );
    const source = recipeBody(
      async function* () {
        for (let i = 0; i < 4; i++) yield new Uint8Array(50_000);
      },
      { length: 200_000 },
    );
    const events: TaskEvent[] = [];
    await new Promise<void>((resolve) => {
      client
        .post(url, source)
        .events.subscribe({ next: (event) => events.push(event), complete: resolve });
    });
    expect(
      events.flatMap((event) => (event.type === 'upload' ? [[event.loaded, event.total]] : [])),
    ).toEqual([50_000, 100_000, 150_000, 200_000].map((loaded) => [loaded, 200_000]));
    expect(
      events
        .flatMap((event) => (event.type === 'chunk' ? [event.bytes.byteLength] : []))
        .reduce((sum, size) => sum + size, 0),
    ).toBe(200_000);
  });
});
