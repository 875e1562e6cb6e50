import { afterEach, describe, expect, it } from '@jest/globals';
import { Subject, firstValueFrom, take } from 'rxjs';
import { asText, createClient } from 'coldwire';
import { brokenCompressions, compressed } from '../support/compressions.js';
import { faultServer, type FaultServer, type Script } from '../support/fault-server.js';
import * as faults from '../support/faults.js';
import { malformed } from '../support/malformed.js';
import { chunkedResponseBytes, responseBytes } from '../support/wire.js';
import { factories, overSockets } from './factories.js';
import { errorOf, outcomeOf } from './outcome.js';

const text = { decode: asText };

describe.each(overSockets)('a partial body is never a value, over %s', (way) => {
  const client = createClient({ factory: factories[way]() });
  let server: FaultServer;
  let script: Script;
  const serve = async (first: Script): Promise<string> => {
    script = first;
    server = await faultServer((exchange) => script(exchange));
    return server.url;
  };
  afterEach(() => server.stop());

  const wholes = {
    'a body with a length': responseBytes(200, { 'content-type': 'text/plain' }, 'abcdef'),
    'a chunked body': chunkedResponseBytes(200, {}, ['abc', 'def']),
    'a gzip body': responseBytes(200, { 'content-encoding': 'gzip' }, compressed('abcdef', 'gzip')),
    'a chunked brotli body': chunkedResponseBytes(200, { 'content-encoding': 'br' }, [
      compressed('abcdef', 'br'),
    ]),
  };

  for (const [name, bytes] of Object.entries(wholes)) {
    it.each(['cut', 'reset'] as const)(
      `${name}, %s at every byte, is a network error (G8)`,
      async (ending) => {
        const url = await serve(faults.sends(bytes));
        expect((await outcomeOf(client.get(url, text))).values).toEqual(['abcdef']);
        for (let upTo = 0; upTo < bytes.length; upTo++) {
          script = faults.sends(bytes, ending, upTo);
          const error = await errorOf(client.get(url, text));
          expect([upTo, error.kind]).toEqual([upTo, 'network']);
        }
        await server.unconnected();
      },
    );
  }

  it('a length greater than the body is a truncated body (G8)', async () => {
    const url = await serve(faults.liesAboutLength(9, 'short'));
    expect(await errorOf(client.get(url, text))).toMatchObject({
      kind: 'network',
      code: 'BODY_TRUNCATED',
    });
  });

  it.each(Object.entries(malformed).filter(([name]) => name !== 'ten thousand header lines'))(
    '%s is a network error',
    async (_name, bytes) => {
      const url = await serve(faults.sends(bytes));
      expect((await errorOf(client.get(url, text))).kind).toBe('network');
      await server.unconnected();
    },
  );

  it.each(['cut', 'reset'] as const)(
    'a stream that is %s in its body fails after its chunks and does not complete',
    async (ending) => {
      const url = await serve(faults.breaksInBody(ending));
      const { completed, error } = await outcomeOf(client.get(url).bytes);
      expect(completed).toBe(false);
      expect(error).toMatchObject({ kind: 'network' });
    },
  );

  it('a body of no declared length that ends by a reset is a network error', async () => {
    const seen = new Subject<void>();
    const url = await serve(faults.breaksUndelimitedBody('reset', firstValueFrom(seen)));
    const body = client.get(url).events;
    const { completed, error } = await new Promise<{ completed: boolean; error?: unknown }>(
      (resolve) => {
        body.subscribe({
          next: (event) => {
            if (event.type === 'chunk') seen.next();
          },
          error: (cause: unknown) => {
            resolve({ completed: false, error: cause });
          },
          complete: () => {
            resolve({ completed: true });
          },
        });
      },
    );
    expect(completed).toBe(false);
    expect(error).toMatchObject({ kind: 'network' });
  });

  it('a body of no declared length that ends in order is a value', async () => {
    const url = await serve(faults.breaksUndelimitedBody('cut', Promise.resolve()));
    expect(await firstValueFrom(client.get(url, text).pipe(take(1)))).toBe('half ');
  });

  for (const coding of ['gzip', 'deflate', 'br'] as const) {
    const good = 'a body that is long enough to be cut in its middle '.repeat(20);
    it.each(Object.entries(brokenCompressions(coding, good)))(
      `a ${coding} body %s is an error (OkHttp CVE-2023-3635)`,
      async (_name, body) => {
        const url = await serve(
          faults.sends(responseBytes(200, { 'content-encoding': coding }, body), 'keep'),
        );
        expect(['network', 'decode']).toContain((await errorOf(client.get(url, text))).kind);
        const streamed = await outcomeOf(client.get(url).bytes);
        expect(streamed.completed).toBe(false);
      },
    );

    it(`a whole ${coding} body is a value, whatever the case of its coding`, async () => {
      for (const name of [coding, coding.toUpperCase()]) {
        const url = await serve(
          faults.sends(
            responseBytes(200, { 'content-encoding': name }, compressed(good, coding)),
            'keep',
          ),
        );
        expect((await outcomeOf(client.get(url, text))).values).toEqual([good]);
        await server.stop();
      }
    });
  }

  it('a deflate body without its zlib wrapping is a value, as browsers take it', async () => {
    const url = await serve(
      faults.sends(
        responseBytes(200, { 'content-encoding': 'deflate' }, compressed('abcdef', 'deflate-raw')),
        'keep',
      ),
    );
    expect((await outcomeOf(client.get(url, text))).values).toEqual(['abcdef']);
  });

  it('an empty body that says it is compressed is empty, and an answer to HEAD or a 204 has none to undo', async () => {
    const url = await serve(faults.answers(204, { 'content-encoding': 'gzip' }));
    expect((await outcomeOf(client.get(url, text))).values).toEqual(['']);
    script = faults.sends(
      'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 100\r\n\r\n',
      'keep',
    );
    expect((await outcomeOf(client.head(url, text))).values).toEqual(['']);
    script = faults.answers(200, { 'content-encoding': 'gzip' });
    expect((await outcomeOf(client.get(url, text))).values).toEqual(['']);
  });
});
