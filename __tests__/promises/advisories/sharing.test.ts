import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { asText, createClient, dedupe } from 'coldwire';
import { faultServer, type FaultServer } from '../../support/fault-server.js';
import { outcomeOf } from '../outcome.js';

describe('a shared exchange', () => {
  let server: FaultServer;
  beforeEach(async () => {
    server = await faultServer();
  });
  afterEach(() => server.stop());

  const own = {
    authorization: ['Bearer a', 'Bearer b'],
    cookie: ['user=a', 'user=b'],
    accept: ['text/a', 'text/b'],
    'accept-language': ['de', 'en'],
    range: ['bytes=0-1', 'bytes=1-2'],
  };

  it.each(Object.entries(own))(
    'is not shared by tasks that differ in %s: nobody gets what is another’s (undici CVE-2026-9678, CVE-2026-13697, CVE-2026-14643)',
    async (name, [first = '', second = '']) => {
      const client = createClient({ baseUrl: server.url, interceptors: [dedupe()] });
      const outcomes = [first, second].map((value) =>
        outcomeOf(client.get('/x', { headers: { [name]: value }, decode: asText })),
      );
      for (const exchange of [await server.exchange(1), await server.exchange(2)])
        await exchange.respond(200, {}, exchange.request.headers[name] ?? '');
      expect((await Promise.all(outcomes)).flatMap(({ values }) => values)).toEqual([
        first,
        second,
      ]);
    },
  );

  it('is not shared once it is over: nothing is kept (undici CVE-2026-2581)', async () => {
    const client = createClient({ baseUrl: server.url, interceptors: [dedupe()] });
    for (let n = 1; n <= 2; n++) {
      const outcome = outcomeOf(client.get('/x', { decode: asText }));
      await (await server.exchange(n)).respond(200, {}, String(n));
      expect((await outcome).values).toEqual([String(n)]);
    }
  });

  it('is bounded like any other: one who joins late does not make it keep a stream (undici CVE-2026-2581)', async () => {
    const client = createClient({
      baseUrl: server.url,
      limits: { bufferedBytes: 1_000 },
      interceptors: [dedupe()],
    });
    const outcomes = [1, 2].map(() => outcomeOf(client.get('/x', { decode: asText })));
    const exchange = await server.exchange(1);
    await exchange.head(200);
    await exchange.body('x'.repeat(2_000));
    for (const { error } of await Promise.all(outcomes))
      expect(error).toMatchObject({ kind: 'limit', maxBytes: 1_000 });
    await server.unconnected();
    expect(server.exchanges).toHaveLength(1);
  });
});
