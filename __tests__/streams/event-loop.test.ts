import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type Observable, lastValueFrom, tap } from 'rxjs';
import { UploadPump } from '../../src/axios/upload-pump.js';
import { asBytes, axiosFactory, createClient, recipeBody } from '../../src/index.js';
import { pulled } from '../../src/task/pulled-bytes.js';
import { type LoopbackServer, loopback } from '../support/loopback.js';

const WHOLE = 50_000_000;
/** What the buffers of both ends of a socket can take at once: some milliseconds of work. */
const MOST_A_TURN = 8 * 1024 * 1024;

/** Counts what happens between two turns of the event loop: no clock, so no machine is too slow for it. */
function turns(): { count(bytes: number): void; readonly most: number; stop(): void } {
  let [sum, most, stopped] = [0, 0, false];
  const turn = (): void => {
    sum = 0;
    if (!stopped) setImmediate(turn);
  };
  turn();
  return {
    count: (bytes) => {
      sum += bytes;
      most = Math.max(most, sum);
    },
    get most() {
      return most;
    },
    stop: () => {
      stopped = true;
    },
  };
}

describe.each(['http', 'fetch'] as const)(
  "a body of 50 MB over axios' %s adapter leaves the event loop its turns",
  (adapter) => {
    const client = createClient({ factory: axiosFactory({ adapter }) });
    let server: LoopbackServer;
    afterEach(async () => {
      await server.stop();
    });

    it('on its way in, streamed or collected (C19)', async () => {
      const body = Buffer.alloc(WHOLE, 'x');
      server = await loopback(() => ({ body }));
      for (const look of ['bytes', 'events'] as const) {
        const seen = turns();
        let received = 0;
        const take = (bytes: Uint8Array): void => {
          received += bytes.byteLength;
          seen.count(bytes.byteLength);
        };
        const task = client.get(server.url, { decode: asBytes });
        const source: Observable<unknown> =
          look === 'bytes'
            ? task.bytes.pipe(tap(take))
            : task.events.pipe(tap((event) => event.type === 'chunk' && take(event.bytes)));
        await lastValueFrom(source);
        seen.stop();
        expect([received, seen.most <= MOST_A_TURN]).toEqual([WHOLE, true]);
      }
    });

    it('on its way out (C19)', async () => {
      server = await loopback(
        async (request) => {
          let received = 0;
          for await (const bytes of request) received += (bytes as Buffer).byteLength;
          return { json: received };
        },
        { readsBody: false },
      );
      const seen = turns();
      async function* body(): AsyncGenerator<Uint8Array> {
        for (let made = 0; made < WHOLE; made += 50_000) {
          seen.count(50_000);
          yield await Promise.resolve(new Uint8Array(50_000));
        }
      }
      expect(
        await lastValueFrom(client.post(server.url, recipeBody(body, { length: WHOLE }))),
      ).toBe(WHOLE);
      seen.stop();
      expect(seen.most).toBeLessThanOrEqual(MOST_A_TURN);
    });
  },
);

describe('a source that gives all at once to a peer that takes all at once leaves the event loop its turns', () => {
  const body = (seen: { count(bytes: number): void }) =>
    async function* (): AsyncGenerator<Uint8Array> {
      const chunk = new Uint8Array(8_000);
      for (let made = 0; made < WHOLE; made += chunk.byteLength) {
        seen.count(chunk.byteLength);
        yield await Promise.resolve(chunk);
      }
    };

  it("over Node's http (C19)", async () => {
    const seen = turns();
    const sink = { once: () => undefined, removeListener: () => undefined, end: () => undefined };
    const failed = (cause: unknown): void => {
      throw cause;
    };
    await new UploadPump(pulled(body(seen)()), { ...sink, write: () => true }, WHOLE, {
      uploaded: undefined,
      failed,
    }).run();
    seen.stop();
    expect(seen.most).toBeLessThanOrEqual(MOST_A_TURN);
  });

  it('over fetch (C19)', async () => {
    const seen = turns();
    let received = 0;
    const taking = jest.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
      for await (const chunk of (input as Request).body ?? []) received += chunk.byteLength;
      return new Response('1');
    });
    const client = createClient({ factory: axiosFactory({ adapter: 'fetch' }) });
    await lastValueFrom(client.post('http://server.test/', body(seen)));
    taking.mockRestore();
    seen.stop();
    expect([received, seen.most <= MOST_A_TURN]).toEqual([WHOLE, true]);
  });
});
