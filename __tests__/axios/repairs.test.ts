/** What axios gets wrong, each once more: the same server and the same expectation, kept by coldwire and not by bare axios. */
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import axios from 'axios';
import { type Observable, firstValueFrom } from 'rxjs';
import {
  asText,
  axiosFactory,
  createClient,
  deadline,
  isTaskError,
  retryTransient,
} from 'coldwire';
import { handClock } from '../promises/hand-clock.js';
import type { Exchange } from '../support/exchange.js';
import { faultServer, type FaultServer, type Script } from '../support/fault-server.js';
import * as faults from '../support/faults.js';
import { latch } from '../support/latch.js';

let server: FaultServer;
const serve = async (script?: Script): Promise<string> => (server = await faultServer(script)).url;
afterEach(() => server.stop());

const client = createClient();
const overFetch = createClient({ factory: axiosFactory({ adapter: 'fetch' }) });

/** A word for how it went. */
const fateOf = (source: Observable<unknown> | Promise<unknown>): Promise<string> =>
  (source instanceof Promise ? source : firstValueFrom(source)).then(
    (value) => `value ${JSON.stringify(value)}`,
    (error: unknown) =>
      isTaskError(error) ? error.kind : `error ${String((error as { code?: string }).code)}`,
  );
const bare = (url: string, config = {}): Promise<unknown> =>
  axios.get<unknown>(url, config).then(({ data }) => data);

describe('where bare axios fails, coldwire', () => {
  it('makes a decode error of malformed JSON, on each adapter', async () => {
    const url = await serve(faults.answers(200, { 'content-type': 'application/json' }, '{"id":'));
    for (const ours of [client, overFetch]) expect(await fateOf(ours.get(url))).toBe('decode');
    for (const adapter of ['http', 'fetch'])
      expect(await fateOf(bare(url, { adapter }))).toBe('value "{\\"id\\":"');
  });

  it('makes a network error of a truncated gzip body', async () => {
    const zipped = gzipSync('a whole body that is long enough to be cut somewhere in its middle');
    const url = await serve(
      faults.answers(200, { 'content-encoding': 'gzip' }, zipped.subarray(0, -12)),
    );
    expect(await fateOf(client.get(url, { decode: asText }))).toBe('network');
    expect(await fateOf(bare(url))).toMatch(/^value/);
  });

  it('makes a network error of an undelimited body that is reset, once bytes of it have come', async () => {
    for (const how of ['ours', 'bare'] as const) {
      const seen = latch();
      const url = await serve(faults.breaksUndelimitedBody('reset', seen.opened));
      if (how === 'ours') {
        const outcome = new Promise((resolve) => {
          client.get(url).bytes.subscribe({
            next: () => seen.open(),
            error: (error: unknown) => resolve(isTaskError(error) ? error.kind : error),
            complete: () => resolve('complete'),
          });
        });
        expect(await outcome).toBe('network');
        await server.stop();
      } else {
        const { data } = await axios.get<Readable>(url, { responseType: 'stream' });
        data.once('data', () => seen.open());
        data.on('error', () => undefined);
        const ending = await Promise.race([
          once(data, 'end').then(() => 'end'),
          once(data, 'error').then(() => 'error'),
        ]);
        expect(ending).toBe('end');
      }
    }
  });

  it('calls a stalled body a timeout', async () => {
    const clock = handClock();
    const url = await serve(faults.breaksInBody('stall'));
    const timed = client
      .with({ scheduler: clock.scheduler }, deadline({ idleMs: 100 }))
      .get(url).events;
    const error = await new Promise((resolve) => {
      timed.subscribe({
        next: ({ type }) => {
          if (type === 'chunk') clock.advance(100);
        },
        error: resolve,
      });
    });
    expect(error).toMatchObject({ kind: 'timeout', phase: 'idle' });
    expect(await fateOf(bare(url, { timeout: 100 }))).toBe('error ERR_BAD_RESPONSE');
  });

  it('has one meaning for one timeout: the fetch adapter’s is that of http', async () => {
    for (const ours of [client, overFetch]) {
      const clock = handClock();
      const url = await serve(faults.neverAnswers());
      const failed = fateOf(ours.with({ scheduler: clock.scheduler }, deadline(100)).get(url));
      await server.next();
      clock.advance(100);
      expect(await failed).toBe('timeout');
      await server.stop();
    }
    const url = await serve(faults.neverAnswers());
    expect(await fateOf(bare(url, { adapter: 'http', timeout: 20 }))).toBe('error ECONNABORTED');
    expect(await fateOf(bare(url, { adapter: 'fetch', timeout: 20 }))).toBe('error ETIMEDOUT');
  });

  const endless = (): { stream: Readable; pulledBytes(): number } => {
    let pulled = 0;
    const stream = new Readable({
      read() {
        pulled += 65_536;
        this.push(pulled > 64_000_000 ? null : new Uint8Array(65_536));
      },
    });
    return { stream, pulledBytes: () => pulled };
  };

  it('ends the source of a body when it is left', async () => {
    const begun = (): Readable => {
      const stream = new Readable({ read: () => undefined });
      stream.push('the first of many');
      return stream;
    };
    const url = await serve(faults.neverAnswers());
    const ours = begun();
    const subscription = client.post(url, () => ours).subscribe();
    await (await server.next()).readSome();
    subscription.unsubscribe();
    expect(ours.destroyed).toBe(true);
    await server.unconnected();

    const theirs = begun();
    const controller = new AbortController();
    const sent = fateOf(axios.post(url, theirs, { signal: controller.signal, maxRedirects: 0 }));
    await (await server.next()).readSome();
    controller.abort();
    expect(await sent).toBe('error ERR_CANCELED');
    await server.unconnected();
    expect(theirs.destroyed).toBe(false);
    theirs.destroy();
  });

  it('pulls no further on a body that was answered early, nor ever more than the connection takes', async () => {
    const url = await serve(faults.answersEarly(401, 'stall'));
    const ours = endless();
    expect(await fateOf(client.post(url, () => ours.stream))).toBe('status');
    expect(ours.stream.destroyed).toBe(true);
    expect(ours.pulledBytes()).toBeLessThan(8_000_000);

    const theirs = endless();
    const sent = fateOf(axios.post(url, theirs.stream));
    await once(theirs.stream, 'end');
    expect(theirs.pulledBytes()).toBeGreaterThan(64_000_000);
    expect(await sent).toBe('error ERR_BAD_REQUEST');
  });

  it('closes the connection of a failed body that nobody reads', async () => {
    const url = await serve(async (exchange) => {
      await exchange.head(503, { 'content-length': 1_000_000 });
      await exchange.body(Buffer.alloc(100_000));
      await exchange.stall();
    });
    expect(await fateOf(client.get(url))).toBe('status');
    await server.unconnected();
    expect(await fateOf(axios.get(url, { responseType: 'stream' }))).toBe('error ERR_BAD_RESPONSE');
    expect(server.connections.open).toBe(1);
  });

  it('never sends an empty body where a stream was used up, and says so', async () => {
    const counted = async (exchange: Exchange): Promise<void> => {
      const bytes = (await exchange.readBody()).length;
      await exchange.respond(bytes > 0 ? 503 : 200, {}, String(bytes));
    };
    const url = await serve(counted);
    const body = (): Readable => Readable.from([Buffer.alloc(1_000)]);
    expect(
      await fateOf(client.with(retryTransient({ baseDelayMs: 1 })).put(url, body())),
    ).not.toMatch(/^value/);
    expect(server.exchanges.length).toBe(1);

    const stream = body();
    const put = (): Promise<unknown> =>
      axios.put<unknown>(url, stream, { maxRedirects: 0 }).then(({ data }) => data);
    expect(await fateOf(put().catch(put))).toBe('value 0');
  });

  it('sends a form with its boundary over fetch', async () => {
    const url = await serve(async (exchange) => {
      await exchange.readBody();
      await exchange.respond(200, {}, JSON.stringify(exchange.request.headers['content-type']));
    });
    const form = new FormData();
    form.append('a', 'b');
    expect(await firstValueFrom(overFetch.post(url, form))).toMatch(
      /^multipart\/form-data; boundary=/,
    );
    const { data } = await axios.post<string>(url, form, { adapter: 'fetch' });
    expect(data).not.toMatch(/^multipart\/form-data; boundary=/);
  });

  it('refuses a header value with a line end, where axios cuts it out and sends the rest', async () => {
    const url = await serve(async (exchange) =>
      exchange.respond(200, {}, JSON.stringify(exchange.request.headers['x-a'])),
    );
    expect(await fateOf(client.get(url, { headers: { 'X-A': 'a\r\nX-B: b' } }))).toBe('request');
    expect(await fateOf(bare(url, { headers: { 'X-A': 'a\r\nX-B: b' } }))).toBe('value "aX-B: b"');
  });

  it('computes Content-Length, where axios sends what it is told', async () => {
    const url = await serve(async (exchange) => {
      const told = exchange.request.headers['content-length'];
      await exchange.respond(200, {}, JSON.stringify(told));
    });
    expect(await fateOf(client.post(url, 'four', { headers: { 'Content-Length': 2 } }))).toBe(
      'request',
    );
    expect(
      await fateOf(
        axios
          .post<unknown>(url, 'four', { headers: { 'Content-Length': 2 } })
          .then(({ data }) => data),
      ),
    ).toBe('value "2"');
  });
});
