import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Observable, Subject, firstValueFrom, from, lastValueFrom, tap } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  type BodyRecipe,
  type TaskEvent,
  createClient,
  isTaskError,
  recipeBody,
  retryTransient,
} from '../../src/index.js';
import { boundStream } from '../../src/upload/bound-stream.js';
import { type LoopbackServer, loopback } from '../support/loopback.js';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const failure = (source: Observable<unknown>): Promise<unknown> =>
  lastValueFrom(source, { defaultValue: undefined }).catch((cause: unknown) => cause);

describe('a streamed upload over a real socket', () => {
  let server: LoopbackServer;
  const client = createClient();

  beforeEach(async () => {
    server = await loopback(async (_request, _response, seen) => ({
      json: sha256(await seen.body()),
    }));
  });
  afterEach(async () => {
    await server.stop();
  });

  it('goes chunked, without a length, and its first chunk is there before its second is made (A5)', async () => {
    const second = new Subject<void>();
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield text('one');
      await firstValueFrom(second);
      yield text('two');
    }
    const answered = firstValueFrom(client.post(server.url, chunks));
    const seen = await server.nextRequest();
    await server.until(() => seen.received.byteLength === 3);
    expect([
      seen.headers['transfer-encoding'],
      seen.headers['content-length'],
      seen.received.toString(),
    ]).toEqual(['chunked', undefined, 'one']);
    second.next();
    expect(await answered).toBe(sha256(text('onetwo')));
  });

  it('carries a declared length, and then no chunking', async () => {
    await firstValueFrom(
      client.post(
        server.url,
        recipeBody(() => from([text('abc')]), { length: 3, contentType: 'video/mp4' }),
      ),
    );
    const { headers } = await server.nextRequest();
    expect([
      headers['content-length'],
      headers['transfer-encoding'],
      headers['content-type'],
    ]).toEqual(['3', undefined, 'video/mp4']);
  });

  it('keeps going for ever: neither value nor end while the source goes on; leaving closes both (A1)', async () => {
    const source = new Subject<Uint8Array>();
    const notifications: string[] = [];
    const subscription = client
      .post(server.url, () => source)
      .subscribe({
        next: () => notifications.push('next'),
        error: () => notifications.push('error'),
        complete: () => notifications.push('complete'),
      });
    const seen = await server.nextRequest();
    for (let count = 1; count <= 20; count++) {
      source.next(text('.'));
      await server.until(() => seen.received.byteLength === count);
    }
    expect([notifications, source.observed]).toEqual([[], true]);
    subscription.unsubscribe();
    expect(source.observed).toBe(false);
    expect((await server.closed(1)).state).toBe('cut');
    expect(notifications).toEqual([]);
  });

  it('sends what is written to a bound pair, unchanged and in order, with the rest of a partial write later (A8, A15)', async () => {
    const message = randomBytes(300_000);
    const { output, input } = boundStream({ bufferBytes: 4096 });
    let offset = 0;
    const partial: number[] = [];
    output.add(
      output.ready$.subscribe(() => {
        const taken = output.write(message.subarray(offset));
        offset += taken;
        partial.push(taken);
        if (offset === message.byteLength) output.close();
      }),
    );
    expect(await firstValueFrom(client.post(server.url, input))).toBe(sha256(message));
    expect(Math.max(...partial)).toBeLessThanOrEqual(4096);
    expect(partial.length).toBeGreaterThanOrEqual(74);
  });

  it('sends what a late writer writes after the request has long begun (A13)', async () => {
    const { output, input } = boundStream({ bufferBytes: 16 });
    const answered = firstValueFrom(client.post(server.url, input));
    await server.nextRequest();
    await firstValueFrom(output.ready$);
    output.write(text('late'));
    output.close();
    expect(await answered).toBe(sha256(text('late')));
  });

  it('keeps two uploads at once apart (A17)', async () => {
    const pairs = ['left', 'right'].map((word) => ({ word, ...boundStream({ bufferBytes: 16 }) }));
    const answers = pairs.map(({ input }) => firstValueFrom(client.post(server.url, input)));
    for (const { output, word } of pairs) output.write(text(word));
    for (const { output } of pairs) output.close();
    expect(await Promise.all(answers)).toEqual(pairs.map(({ word }) => sha256(text(word))));
  });

  it('opens a recipe after subscribing, once for each attempt, and sends it whole each time (A18, A19)', async () => {
    await server.stop();
    let answers = 0;
    server = await loopback(async (_request, _response, seen) => {
      await seen.body();
      return ++answers < 3 ? { status: 503 } : { json: true };
    });
    const opened: number[] = [];
    const open: BodyRecipe = () =>
      from([text('whole '), text('body')]).pipe(tap({ subscribe: () => opened.push(answers) }));
    const task = client.put(server.url, open);
    expect(opened).toEqual([]);
    await firstValueFrom(task.pipe(retryTransient({ maxAttempts: 3, baseDelayMs: 0 })));
    expect(opened).toEqual([0, 1, 2]);
    expect(server.requests.map((seen) => seen.received.toString())).toEqual([
      'whole body',
      'whole body',
      'whole body',
    ]);
  });

  it('opens a recipe again for 307 and 308, and not for 303 (A19)', async () => {
    for (const [status, bodies, methods] of [
      [307, ['b', 'b'], 'POST'],
      [308, ['b', 'b'], 'POST'],
      [303, ['b', ''], 'GET'],
    ] as const) {
      await server.stop();
      server = await loopback(async (_request, _response, seen) => {
        await seen.body();
        return seen.n === 1 ? { status, headers: { location: '/there' } } : { json: true };
      });
      let opened = 0;
      await firstValueFrom(client.post(server.url, () => (opened++, from([text('b')]))));
      expect([
        server.requests.map((seen) => seen.received.toString()),
        server.requests[1]?.method,
        opened,
      ]).toEqual([bodies, methods, status === 303 ? 1 : 2]);
    }
  });

  it('refuses to send a one-shot stream again, with a typed error and no empty body (A19)', async () => {
    await server.stop();
    server = await loopback(async (_request, _response, seen) => {
      await seen.body();
      return { status: 307, headers: { location: '/there' } };
    });
    const error = await failure(client.post(server.url, from([text('once')])));
    expect([isTaskError(error, 'request') && error.code, server.requests.length]).toEqual([
      'BODY_NOT_REPLAYABLE',
      1,
    ]);
  });

  it('fails with a typed error and no connection when the body cannot be made (A11)', async () => {
    const open = (): never => {
      throw new Error('no microphone');
    };
    const error = await failure(client.post(server.url, open));
    await server.barrier();
    expect([isTaskError(error, 'request') && error.field, server.requests.length]).toEqual([
      'body',
      0,
    ]);
  });

  it('never lets a body look whole whose source failed in the middle (A16)', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield text('half');
      await server.until(() => server.requests[0]?.received.byteLength === 4);
      throw new Error('cable');
    }
    const error = await failure(client.post(server.url, broken));
    const seen = await server.closed(1);
    expect([isTaskError(error, 'request') && error.code, seen.state, seen.receivedAll]).toEqual([
      'BODY_SOURCE_FAILED',
      'cut',
      false,
    ]);
  });

  it('counts progress by what the socket took: never back, and to the total at the end', async () => {
    const total = 3_000_000;
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let sent = 0; sent < total; sent += 100_000)
        yield await Promise.resolve(new Uint8Array(100_000));
    }
    const events: TaskEvent[] = [];
    await lastValueFrom(
      client
        .post(server.url, recipeBody(chunks, { length: total }))
        .events.pipe(tap((event) => events.push(event))),
    );
    const loaded = events.flatMap((event) => (event.type === 'upload' ? [event.loaded] : []));
    expect(loaded).toEqual([...loaded].sort((a, b) => a - b));
    expect([
      loaded.at(-1),
      new Set(events.flatMap((event) => (event.type === 'upload' ? [event.total] : []))),
    ]).toEqual([total, new Set([total])]);
  });
});

describe('a body that is a clock', () => {
  it('writes a line a second in virtual time, and stops with the subscription (A20)', async () => {
    const { interval, map } = await import('rxjs');
    const scheduler = new TestScheduler((actual, expected) => {
      expect(actual).toEqual(expected);
    });
    scheduler.run(({ flush }) => {
      const sent: string[] = [];
      const make = (request: {
        body?: { kind: string; open?: () => unknown } | undefined;
      }): Observable<TaskEvent> =>
        (request.body?.open?.() as Observable<Uint8Array>).pipe(
          map(
            (bytes) => (
              sent.push(new TextDecoder().decode(bytes)),
              { type: 'upload', loaded: sent.length, total: undefined }
            ),
          ),
        );
      const lines$ = interval(1000, scheduler).pipe(map((n) => text(`*** ${String(n)}\r\n`)));
      const subscription = createClient({ factory: { make } })
        .post('http://t/', () => lines$)
        .subscribe();
      scheduler.schedule(() => {
        subscription.unsubscribe();
      }, 5500);
      flush();
      expect(sent).toEqual(['*** 0\r\n', '*** 1\r\n', '*** 2\r\n', '*** 3\r\n', '*** 4\r\n']);
    });
  });
});
