import { afterEach, describe, expect, it } from '@jest/globals';
import { Observable, lastValueFrom } from 'rxjs';
import { type BodyRecipe, createClient, recipeBody } from 'coldwire';
import { boundStream } from 'coldwire/streams';
import { faultServer, type FaultServer, type Script } from '../support/fault-server.js';
import * as faults from '../support/faults.js';
import { Watch } from '../support/watch.js';
import { everywhere, factories } from './factories.js';
import { errorOf, outcomeOf } from './outcome.js';

const PORTION_BYTES = 65_536;
const MOST_AHEAD_BYTES = 8_000_000;

/** A source that counts what is pulled from it and says when it was let go. */
interface Source {
  readonly opened: number;
  readonly pulledBytes: number;
  readonly open: BodyRecipe;
  released(times?: number): Promise<unknown>;
  pulled(bytes: number): Promise<unknown>;
}

type Form = 'async iterable' | 'web stream' | 'observable';

function source(form: Form, portions = Infinity, failAfter = Infinity): Source {
  const watch = new Watch();
  const state = { opened: 0, pulledBytes: 0, released: 0 };
  const pull = (): Uint8Array => {
    state.pulledBytes += PORTION_BYTES;
    watch.changed();
    return new Uint8Array(PORTION_BYTES);
  };
  const release = (): void => {
    state.released++;
    watch.changed();
  };
  const forms: Record<Form, BodyRecipe> = {
    'async iterable': () =>
      (async function* () {
        try {
          for (let i = 0; i < portions; i++) {
            if (i >= failAfter) throw new Error('source broke');
            yield pull();
          }
        } finally {
          release();
        }
      })(),
    'web stream': () => {
      let sent = 0;
      return new ReadableStream<Uint8Array>(
        {
          pull: (controller) => {
            if (sent >= failAfter) {
              release();
              controller.error(new Error('source broke'));
            } else if (sent++ < portions) controller.enqueue(pull());
            else {
              release();
              controller.close();
            }
          },
          cancel: release,
        },
        { highWaterMark: 0 },
      );
    },
    observable: () =>
      new Observable<Uint8Array>((subscriber) => {
        let sent = 0;
        const timer = setInterval(() => {
          if (sent >= failAfter) subscriber.error(new Error('source broke'));
          else if (sent++ < portions) subscriber.next(pull());
          else subscriber.complete();
        }, 1);
        return () => {
          clearInterval(timer);
          release();
        };
      }),
  };
  return {
    get opened() {
      return state.opened;
    },
    get pulledBytes() {
      return state.pulledBytes;
    },
    open: () => {
      state.opened++;
      return forms[form]();
    },
    released: (times = 1) => watch.until(() => state.released >= times),
    pulled: (bytes) => watch.until(() => state.pulledBytes >= bytes),
  };
}

describe.each(everywhere)('an upload, over %s', (way) => {
  let server: FaultServer;
  const serve = async (script?: Script): Promise<string> =>
    (server = await faultServer(script)).url;
  afterEach(() => server.stop());
  /** What was asked is closed; undici may open a connection for what is to come. */
  const closed = (): Promise<unknown> =>
    Promise.all(server.exchanges.map((exchange) => exchange.closed));
  const client = createClient({ factory: factories[way]() });

  for (const form of ['async iterable', 'web stream'] as const) {
    it(`of a ${form} to a server that does not read pulls at most 8 MB ahead, and lets the source go when left (A9)`, async () => {
      const url = await serve(
        faults.byPath({ '/up': faults.neverReadsUpload() }, faults.answers(200)),
      );
      const body = source(form);
      const subscription = client
        .post(`${url}/up`, body.open)
        .subscribe({ error: () => undefined });
      await server.next();
      // Time for the pipe to fill: while another client asks and is answered, over and over.
      let before = -1;
      while (before !== body.pulledBytes) {
        before = body.pulledBytes;
        for (let i = 0; i < 20; i++) await outcomeOf(client.get(url));
      }
      expect(body.pulledBytes).toBeGreaterThan(0);
      expect(body.pulledBytes).toBeLessThanOrEqual(MOST_AHEAD_BYTES);
      subscription.unsubscribe();
      await body.released();
      expect(body.opened).toBe(1);
    });
  }

  for (const form of ['async iterable', 'web stream', 'observable'] as const) {
    it.each<[string, Script]>([
      ['an early answer that keeps reading', faults.answersEarly(401, 'keep')],
      ['an early answer and a reset (E17)', faults.answersEarly(413, 'reset')],
      [
        'a reset in the upload (A16)',
        async (exchange) => (await exchange.readSome(), exchange.reset()),
      ],
      ['a cut in the upload', async (exchange) => (await exchange.readSome(), exchange.end())],
      ['a malformed answer', faults.sends('nonsense\r\n\r\n', 'stall')],
    ])(`of a ${form} that ends by %s lets the source go`, async (_name, script) => {
      const url = await serve(script);
      const body = source(form);
      await errorOf(client.post(url, body.open));
      await body.released();
      await closed();
    });

    it(`of a ${form} that is unsubscribed lets the source go at once`, async () => {
      const url = await serve();
      const body = source(form);
      const subscription = client.post(url, body.open).subscribe();
      await (await server.next()).readSome();
      subscription.unsubscribe();
      await body.released();
      await closed();
    });

    it(`of a ${form} that breaks is never marked complete`, async () => {
      const url = await serve();
      const body = source(form, Infinity, 3);
      const outcome = errorOf(client.post(url, body.open));
      const exchange = await server.next();
      const received = await exchange.readBody().then(
        () => 'complete',
        () => 'cut',
      );
      expect(received).toBe('cut');
      expect(await outcome).toMatchObject({ kind: 'request', field: 'body' });
      await closed();
    });

    it(`of a ${form} arrives whole and is released once`, async () => {
      const url = await serve(async (exchange) =>
        exchange.respond(200, {}, String((await exchange.readBody()).length)),
      );
      const body = source(form, 5);
      expect((await outcomeOf(client.post(url, body.open))).values).toEqual([5 * PORTION_BYTES]);
      await body.released();
      expect(body.opened).toBe(1);
    });
  }

  it('with a declared length that the source does not keep is never a complete body', async () => {
    for (const length of [PORTION_BYTES * 5 + 1, PORTION_BYTES * 5 - 1]) {
      const url = await serve(async (exchange) =>
        exchange.respond(200, {}, String((await exchange.readBody()).length)),
      );
      const body = source('async iterable', 5);
      const error = await errorOf(client.post(url, recipeBody(body.open, { length })));
      expect(error).toMatchObject({ kind: 'request', field: 'body' });
      await closed();
      await server.stop();
    }
  });

  it('that is answered early gives the answer, even where the connection is reset after it (E17)', async () => {
    const url = await serve(async (exchange) => {
      await exchange.readSome();
      await exchange.respond(413, {}, 'too large');
      await exchange.readBody();
    });
    const body = source('async iterable');
    expect(await errorOf(client.post(url, body.open))).toMatchObject({
      kind: 'status',
      status: 413,
    });
    await body.released();
  });

  it.each([undefined, 100])(
    'of %s bytes that is refused while its source waits gives the refusal, and is never marked complete (E17)',
    async (length) => {
      const { output, input } = boundStream({ bufferBytes: 100 });
      output.write(Buffer.from('so far'));
      let received = '';
      const url = await serve(async (exchange) => {
        while (!received.includes('so far'))
          received += (await exchange.readSome()).toString('latin1');
        await exchange.raw('HTTP/1.1 413 Content Too Large\r\ncontent-length: 3\r\n\r\nno');
        await lastValueFrom(output.end$);
        await exchange.raw('!');
        for (;;) received += (await exchange.readSome()).toString('latin1');
      });
      const body = recipeBody(input, length === undefined ? {} : { length });
      expect(await errorOf(client.post(url, body))).toMatchObject({ kind: 'status', status: 413 });
      await closed();
      expect(received).not.toMatch(/0\r\n\r\n$/);
    },
  );
});
