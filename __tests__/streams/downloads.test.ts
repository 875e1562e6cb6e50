import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type Observable,
  Subject,
  firstValueFrom,
  lastValueFrom,
  share,
  take,
  tap,
  toArray,
} from 'rxjs';
import { type TaskEvent, axiosFactory, createClient, isTaskError } from '../../src/index.js';
import { lines } from '../../src/decode/lines.js';
import { oneByOne } from '../../src/task/one-by-one.js';
import { boundStream } from '../../src/upload/bound-stream.js';
import { type LoopbackServer, loopback } from '../support/loopback.js';
import { settled } from '../support/settled.js';

const decoded = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const failure = (source: Observable<unknown>): Promise<unknown> =>
  lastValueFrom(source, { defaultValue: undefined }).catch((cause: unknown) => cause);

/** A server whose answer the test writes by hand. */
async function byHand(
  head: Record<string, string> = {},
  status = 200,
): Promise<{ server: LoopbackServer; response: Promise<ServerResponse> }> {
  const responses = new Subject<ServerResponse>();
  const response = firstValueFrom(responses);
  const server = await loopback((_request, answer) => {
    answer.writeHead(status, head);
    answer.flushHeaders();
    responses.next(answer);
  });
  return { server, response };
}

describe.each(['http', 'fetch'] as const)(
  "a streamed response over axios' %s adapter",
  (adapter) => {
    let server: LoopbackServer;
    const client = createClient({ factory: axiosFactory({ adapter }) });
    afterEach(async () => {
      await server.stop();
    });

    it('delivers the head, then each chunk before the next one is written (B4, B11)', async () => {
      const hand = await byHand();
      ({ server } = hand);
      const events: string[] = [];
      const chunks = new Subject<string>();
      const done = lastValueFrom(
        client.get(server.url).events.pipe(
          tap((event) => {
            if (event.type === 'head') events.push('head');
            if (event.type !== 'chunk') return;
            events.push(decoded(event.bytes));
            chunks.next(decoded(event.bytes));
          }),
        ),
      );
      const response = await hand.response;
      for (const piece of ['one', 'two', 'three']) {
        const arrived = firstValueFrom(chunks);
        response.write(piece);
        expect(await arrived).toBe(piece);
      }
      response.end();
      await done;
      expect(events).toEqual(['head', 'one', 'two', 'three']);
    });

    it('gives the same bytes chunked and with a length (B2)', async () => {
      const body = 'äöü'.repeat(10_000);
      server = await loopback((request, response) => {
        if (request.url === '/length') return { body };
        response.write(body.slice(0, 7));
        response.end(body.slice(7));
        return undefined;
      });
      for (const path of ['/length', '/chunked']) {
        const chunks = await lastValueFrom(
          client.get(`${server.url}${path}`).bytes.pipe(toArray()),
        );
        expect(Buffer.concat(chunks).toString()).toBe(body);
      }
    });

    it('closes the connection at the server when it is left in mid-body (B8)', async () => {
      const hand = await byHand();
      ({ server } = hand);
      const first = firstValueFrom(client.get(server.url).bytes.pipe(take(1)));
      (await hand.response).write('one');
      expect(decoded(await first)).toBe('one');
      expect((await server.closed(1)).state).toBe('cut');
    });

    it('is a status error with a bounded body, not an empty stream, when the answer is no (B12)', async () => {
      server = await loopback(() => ({ status: 418, body: 'x'.repeat(200_000) }));
      const error = await failure(client.get(server.url).bytes);
      expect(
        isTaskError(error, 'status') && [error.status, error.response.body.byteLength],
      ).toEqual([418, 65_536]);
    });

    it('opens a connection for each subscription, and one for all that share (B7)', async () => {
      server = await loopback(() => ({ body: 'x' }));
      const { bytes } = client.get(server.url);
      await Promise.all([lastValueFrom(bytes), lastValueFrom(bytes)]);
      expect(server.requests).toHaveLength(2);
      const shared = bytes.pipe(share());
      await Promise.all([lastValueFrom(shared), lastValueFrom(shared)]);
      expect(server.requests).toHaveLength(3);
    });

    it('walks with for await, and break closes the connection (C8)', async () => {
      const hand = await byHand();
      ({ server } = hand);
      void hand.response.then((response) => response.write('one\ntwo\n'));
      const seen: string[] = [];
      for await (const chunk of client.get(server.url).bytes) {
        seen.push(decoded(chunk));
        break;
      }
      expect(seen.join('')).toMatch(/^one/);
      expect((await server.closed(1)).state).toBe('cut');
    });

    it('cuts lines of an endless answer as they come (B13)', async () => {
      const hand = await byHand();
      ({ server } = hand);
      const two = lastValueFrom(client.get(server.url).bytes.pipe(lines(), take(2), toArray()));
      const response = await hand.response;
      response.write('fir');
      response.write('st\nsecond\nthi');
      expect(await two).toEqual(['first', 'second']);
      await server.closed(1);
    });

    it('holds the server back while one chunk is being worked on (PEERS 51)', async () => {
      const piece = new Uint8Array(65_536);
      let written = 0;
      server = await loopback((_request, response) => {
        const fill = (): void => {
          while (!response.destroyed && response.write(piece)) written += piece.byteLength;
        };
        response.on('drain', fill);
        fill();
      });
      const work = new Subject<void>();
      const held = new Subject<void>();
      const subscription = client
        .get(server.url)
        .bytes.pipe(oneByOne(() => (held.next(), work)))
        .subscribe();
      await firstValueFrom(held);
      await settled(() => written);
      const before = written;
      expect(before).toBeLessThan(16 * 1024 * 1024);
      await settled(() => written);
      expect(written).toBe(before);
      subscription.unsubscribe();
      await server.closed(1);
    });
  },
);

describe('full duplex over http', () => {
  it('answers each piece as it comes while the request is still being written (B5, B6)', async () => {
    const server = await loopback(
      (request, response) => {
        response.writeHead(200);
        request.on('data', (piece: Buffer) => response.write(`echo ${piece.toString()}`));
        request.on('end', () => response.end('bye'));
      },
      { readsBody: false },
    );
    const { output, input } = boundStream({ bufferBytes: 64 });
    const echoes = new Subject<string>();
    const events: TaskEvent['type'][] = [];
    const done = lastValueFrom(
      createClient()
        .post(server.url, input)
        .events.pipe(
          tap((event) => {
            events.push(event.type);
            if (event.type === 'chunk') echoes.next(decoded(event.bytes));
          }),
        ),
    );
    for (const word of ['one', 'two', 'three']) {
      const echo = firstValueFrom(echoes);
      output.write(text(word));
      expect(await echo).toBe(`echo ${word}`);
    }
    output.close();
    await done;
    expect(events.at(-1)).toMatch(/chunk|download/);
    await server.stop();
  });
});
