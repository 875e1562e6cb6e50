import { afterEach, describe, expect, it } from '@jest/globals';
import { type Observable, lastValueFrom, tap } from 'rxjs';
import { asBytes, axiosFactory, createClient, recipeBody } from '../../src/index.js';
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
