import { afterEach, describe, expect, it } from '@jest/globals';
import { LIMITS, asText, createClient } from 'coldwire';
import { bomb, contentEncoding, type Coding } from '../support/compressions.js';
import { faultServer, type FaultServer, type Script } from '../support/fault-server.js';
import * as faults from '../support/faults.js';
import { responseBytes } from '../support/wire.js';
import { everywhere, factories } from './factories.js';
import { errorOf, outcomeOf } from './outcome.js';

const MOST_OVER_THE_LIMIT = 65_536;

describe.each(everywhere)('the bound on decoded bytes, over %s', (way) => {
  const factory = factories[way]();
  /** undici refuses by itself, before its answer is seen. */
  const TOO_MANY_CODINGS =
    way === 'fetch'
      ? { kind: expect.stringMatching(/limit|network/) }
      : { kind: 'limit', which: 'content-codings' };
  let server: FaultServer | undefined;
  const serve = async (script: Script): Promise<string> => (server = await faultServer(script)).url;
  afterEach(() => server?.stop());
  /** What was asked is closed; undici may open a connection for what is to come. */
  const closed = (): Promise<unknown> =>
    Promise.all((server?.exchanges ?? []).map((exchange) => exchange.closed));
  /** A chunked answer that is not over, so that its connection cannot go back into a pool. */
  const unfinished =
    (status: number, body: Uint8Array, ...codings: Coding[]): Script =>
    async (exchange) => {
      await exchange.head(status, {
        'transfer-encoding': 'chunked',
        'content-encoding': contentEncoding(...codings),
      });
      await exchange.chunk(body);
      await exchange.stall();
    };

  const client = createClient({
    factory,
    limits: { bufferedBytes: 100_000, streamedBytes: 100_000 },
  });

  it('is 100 MB for buffered bodies and none for streams by default', () => {
    expect(LIMITS.initial).toMatchObject({ bufferedBytes: 100_000_000, streamedBytes: Infinity });
  });

  it('ends a buffered body that declares more at its head, and closes (CVE-2019-10742, GHSA-42xw-2xvc-qx8m)', async () => {
    const url = await serve(async (exchange) => {
      await exchange.head(200, { 'content-length': 100_001 });
      await exchange.stall();
    });
    expect(await errorOf(client.get(url))).toMatchObject({
      kind: 'limit',
      which: 'response',
      maxBytes: 100_000,
    });
    await closed();
  });

  it('ends a buffered body that does not say how long it is, and closes (CVE-2026-42036, CVE-2026-44488, CVE-2026-67317)', async () => {
    const url = await serve(faults.endlessBody());
    expect(await errorOf(client.get(url))).toMatchObject({ kind: 'limit', which: 'response' });
    await closed();
  });

  it('ends a stream, having delivered at most the bound and 64 KiB, and closes (CVE-2026-67318, CVE-2026-42034)', async () => {
    const url = await serve(faults.endlessBody());
    const { values, error } = await outcomeOf(client.get(url).bytes);
    expect(error).toMatchObject({ kind: 'limit', which: 'response' });
    expect(values.reduce((sum, bytes) => sum + bytes.byteLength, 0)).toBeLessThanOrEqual(
      100_000 + MOST_OVER_THE_LIMIT,
    );
    await closed();
  });

  it('lets a body of exactly the bound pass', async () => {
    const url = await serve(faults.answers(200, {}, 'x'.repeat(100_000)));
    expect((await outcomeOf(client.get(url, { decode: asText }))).values).toEqual([
      'x'.repeat(100_000),
    ]);
  });

  it('holds after a redirect (CVE-2020-15168)', async () => {
    const url = await serve(faults.byPath({ '/': faults.redirects('/big') }, faults.endlessBody()));
    expect(await errorOf(client.get(url))).toMatchObject({ kind: 'limit' });
    await closed();
  });

  it.each<[Coding[]]>([
    [['gzip']],
    [['deflate']],
    [['br']],
    [['gzip', 'gzip']],
    [['br', 'gzip']],
    [['deflate', 'br', 'gzip']],
  ])(
    'counts what a bomb of %j grows to, not what it weighs (CVE-2026-22036, OkHttp CVE-2023-3782)',
    async (codings) => {
      const body = bomb(50_000_000, ...codings);
      const url = await serve(unfinished(200, body, ...codings));
      expect(await errorOf(client.get(url))).toMatchObject({ kind: 'limit', which: 'response' });
      const { values, error } = await outcomeOf(client.get(url).bytes);
      expect(error).toMatchObject({ kind: 'limit' });
      expect(values.reduce((sum, bytes) => sum + bytes.byteLength, 0)).toBeLessThanOrEqual(
        100_000 + MOST_OVER_THE_LIMIT,
      );
      await closed();
    },
  );

  it('takes at most five codings, however small the body (CVE-2026-22036, curl CVE-2022-32206)', async () => {
    const answerWith = (count: number): Script => {
      const codings = Array<Coding>(count).fill('gzip');
      return faults.sends(
        responseBytes(
          200,
          { 'content-encoding': contentEncoding(...codings) },
          bomb(10, ...codings),
        ),
        'keep',
      );
    };
    const url = await serve(faults.inTurn(answerWith(5), answerWith(6), answerWith(100)));
    expect((await outcomeOf(client.get(url, { decode: asText }))).completed).toBe(true);
    expect(await errorOf(client.get(url))).toMatchObject(TOO_MANY_CODINGS);
    expect(await errorOf(client.get(url))).toMatchObject(TOO_MANY_CODINGS);
  });

  it('counts codings over several header lines (CVE-2026-22036)', async () => {
    const lines = Array.from({ length: 6 }, () => 'content-encoding: gzip\r\n').join('');
    const url = await serve(faults.sends(`HTTP/1.1 200 OK\r\n${lines}content-length: 2\r\n\r\nok`));
    expect(await errorOf(client.get(url))).toMatchObject(TOO_MANY_CODINGS);
  });

  it('is on the bytes as they came where a coding is unknown, and the header that tells of it stays', async () => {
    const url = await serve(faults.answers(200, { 'content-encoding': 'rot13' }, 'bx'));
    const { values } = await outcomeOf(client.get(url, { decode: asText }).response);
    expect(values).toMatchObject([{ body: 'bx' }]);
    expect(values[0]?.headers.get('content-encoding')).toBe('rot13');
  });

  it('keeps 64 KiB of an error body and closes an endless one', async () => {
    const url = await serve(async (exchange) => {
      await exchange.head(500);
      for (;;) await exchange.body(Buffer.alloc(65_536, 'x'));
    });
    const error = await errorOf(client.get(url));
    expect(error).toMatchObject({ kind: 'status', status: 500 });
    expect(error.kind === 'status' && error.response.body.byteLength).toBe(65_536);
    await closed();
  });

  it('keeps 64 KiB of a compressed error body', async () => {
    const url = await serve(unfinished(503, bomb(50_000_000, 'gzip'), 'gzip'));
    const error = await errorOf(client.get(url));
    expect(error.kind === 'status' && error.response.body.byteLength).toBe(65_536);
    await closed();
  });

  it('is one client’s, or one request’s', async () => {
    const url = await serve(faults.answers(200, {}, 'x'.repeat(200)));
    const small = createClient({ factory }).get(url, {
      context: [LIMITS.of({ ...LIMITS.initial, bufferedBytes: 100 })],
      decode: asText,
    });
    expect(await errorOf(small)).toMatchObject({ kind: 'limit', maxBytes: 100 });
    expect(
      (await outcomeOf(createClient({ factory }).get(url, { decode: asText }))).completed,
    ).toBe(true);
  });
});
