import { afterEach, describe, expect, it } from '@jest/globals';
import { type Observable, Subject, lastValueFrom } from 'rxjs';
import { createClient, isTaskError } from '../../src/index.js';
import { boundStream } from '../../src/upload/bound-stream.js';
import { fromHot } from '../../src/upload/from-hot.js';
import { type FaultServer, faultServer } from '../support/fault-server.js';
import { held, heldNoMoreThan } from '../support/held.js';
import { latch } from '../support/latch.js';
import { settled } from '../support/settled.js';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const failure = (source: Observable<unknown>): Promise<unknown> =>
  lastValueFrom(source, { defaultValue: undefined }).catch((cause: unknown) => cause);

/** Reads the head and then nothing. */
const stalledServer = (): Promise<FaultServer> =>
  faultServer(async (exchange) => {
    exchange.stopReading();
    await exchange.closed;
  });

const HANDLES = /Timeout|TCPSocket|Immediate/;

describe('a streamed upload to a server that fails', () => {
  let server: FaultServer;
  const client = createClient();
  afterEach(async () => {
    await server.stop();
  });

  it('takes no more from 256 MiB than the buffer and the sockets hold while the server does not read (A9)', async () => {
    server = await stalledServer();
    const { output, input } = boundStream({ bufferBytes: 65_536 });
    const piece = new Uint8Array(65_536);
    let offered = 0;
    let accepted = 0;
    output.add(
      output.ready$.subscribe(() => {
        offered += piece.byteLength;
        accepted += output.write(piece);
      }),
    );
    const subscription = client.post(server.url, input).subscribe();
    const exchange = await server.next();
    // The pair is full and stays so: the socket takes nothing more.
    await settled(() => accepted);
    expect(accepted).toBeLessThanOrEqual(8 * 1024 * 1024);
    expect(output.freeBytes).toBe(0);
    expect(offered).toBeLessThan(256 * 1024 * 1024);
    subscription.unsubscribe();
    expect(output.closed).toBe(true);
    exchange.resumeReading();
    await exchange.closed;
  });

  it('ends both ends of a pair and its producer when the connection is lost, and leaves no timer or handle (A16)', async () => {
    server = await faultServer();
    const before = held(HANDLES);
    const { output, input } = boundStream({ bufferBytes: 1024 });
    const source = new Subject<Uint8Array>();
    output.add(source.subscribe((bytes) => output.write(bytes)));
    const failed = failure(client.post(server.url, input));
    source.next(text('abc'));
    const exchange = await server.next();
    await exchange.reset();
    const error = await failed;
    expect([isTaskError(error, 'network') && error.code, output.closed, source.observed]).toEqual([
      'CONNECTION_RESET',
      true,
      false,
    ]);
    await server.unconnected();
    await heldNoMoreThan(before, HANDLES);
  });

  it('ends the source when the answer comes before the body is out', async () => {
    server = await faultServer();
    const source = new Subject<Uint8Array>();
    const failed = failure(client.post(server.url, () => source));
    source.next(text('abc'));
    const exchange = await server.next();
    await exchange.head(413, { 'content-length': 0 });
    const error = await failed;
    expect([isTaskError(error, 'status') && error.status, source.observed]).toEqual([413, false]);
  });

  describe('and a source that runs ahead of it', () => {
    const capacity = 4;
    const chunk = (n: number): Uint8Array => {
      const bytes = new Uint8Array(65_536);
      new DataView(bytes.buffer).setUint32(0, n);
      return bytes;
    };
    const numbers = (body: Uint8Array): number[] =>
      Array.from({ length: body.byteLength / 65_536 }, (_, at) =>
        new DataView(body.buffer, body.byteOffset).getUint32(at * 65_536),
      );

    /** Runs fifty chunks further ahead than fits while the server does not read, then has it read: what arrived. */
    async function ahead(
      overflow: 'dropOldest' | 'dropNewest',
    ): Promise<{ arrived: number[]; made: number; dropped: number }> {
      const reading = latch();
      let body: Uint8Array = new Uint8Array(0);
      server = await faultServer(async (exchange) => {
        exchange.stopReading();
        await reading.opened;
        exchange.resumeReading();
        body = await exchange.readBody();
        await exchange.respond(200, {}, '1');
      });
      const source = new Subject<Uint8Array>();
      const hot = fromHot(source, { capacity, overflow });
      let dropped = 0;
      hot.dropped$.subscribe((count) => (dropped = count));
      const answered = lastValueFrom(client.post(server.url, hot));
      await server.next();
      let made = 0;
      while (dropped < 50) {
        source.next(chunk(made++));
        await new Promise(setImmediate);
      }
      source.complete();
      reading.open();
      await answered;
      return { arrived: numbers(body), made, dropped };
    }

    it('sends exactly the last of its chunks that have room, behind what the sockets had taken (A22)', async () => {
      const { arrived, made, dropped } = await ahead('dropOldest');
      const taken = made - dropped - capacity;
      expect(arrived).toEqual([
        ...Array(taken).keys(),
        ...Array.from({ length: capacity }, (_, n) => made - capacity + n),
      ]);
    });

    it('sends exactly the first of its chunks that have room, behind what the sockets had taken (A22)', async () => {
      const { arrived, made, dropped } = await ahead('dropNewest');
      expect(arrived).toEqual([...Array(made - dropped).keys()]);
    });

    it('fails at once with what the source fails with, while the server does not read what waits (A16)', async () => {
      server = await stalledServer();
      const source = new Subject<Uint8Array>();
      const hot = fromHot(source, { capacity, overflow: 'dropNewest' });
      let dropped = 0;
      hot.dropped$.subscribe((count) => (dropped = count));
      const failed = failure(client.post(server.url, hot));
      const exchange = await server.next();
      for (let n = 0; dropped < 50; n++) {
        source.next(chunk(n));
        await new Promise(setImmediate);
      }
      const cause = new Error('unplugged');
      source.error(cause);
      const error = await failed;
      expect(isTaskError(error, 'request') && [error.code, error.cause]).toEqual([
        'BODY_SOURCE_FAILED',
        cause,
      ]);
      exchange.resumeReading();
      await server.unconnected();
    });

    it('fails at once, while the server still does not read, where nothing may be dropped (A22)', async () => {
      server = await stalledServer();
      const source = new Subject<Uint8Array>();
      const failed = failure(client.post(server.url, fromHot(source, { capacity })));
      const exchange = await server.next();
      for (let n = 0; source.observed; n++) {
        source.next(chunk(n));
        await new Promise(setImmediate);
      }
      const error = await failed;
      expect(isTaskError(error, 'limit') && [error.which, error.code]).toEqual([
        'queue',
        'LIMIT_QUEUE',
      ]);
      exchange.resumeReading();
      await server.unconnected();
    });
  });

  it('fails at once, while the server still does not read, when the writer of a bound pair gives up (A16)', async () => {
    server = await stalledServer();
    const { output, input } = boundStream({ bufferBytes: 1_048_576 });
    output.add(output.ready$.subscribe(() => output.write(new Uint8Array(1_048_576))));
    const failed = failure(client.post(server.url, input));
    const exchange = await server.next();
    await settled(() => output.freeBytes);
    output.error(new Error('the microphone is gone'));
    const error = await failed;
    expect([isTaskError(error, 'request') && error.code, output.closed]).toEqual([
      'BODY_SOURCE_FAILED',
      true,
    ]);
    exchange.resumeReading();
    await server.unconnected();
  });
});
