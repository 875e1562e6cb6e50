import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Observable, lastValueFrom } from 'rxjs';
import {
  type AxiosFactoryOptions,
  asBytes,
  asText,
  axiosFactory,
  createClient,
  retryTransient,
} from '../../src/index.js';
import { answerChallenges } from '../../src/challenges/answer-challenges.js';
import type { AuthScheme } from '../../src/challenges/auth-scheme.js';
import { type Answer, type LoopbackServer, loopback } from '../support/loopback.js';
import { proxied } from './behind.js';
import { ADA, always, failure, params } from './guarded.js';

const FILM = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
const UNPROVEN = { kind: 'auth', code: 'AUTH_SERVER_UNPROVEN' };

/** The proof that goes with the answer to a request: over the bytes of its body as they are transferred. */
function proofOf(header: string | undefined, body: string | Uint8Array): string {
  const {
    algorithm = 'MD5',
    uri = '',
    nonce = '',
    nc = '',
    cnonce = '',
    qop = '',
  } = params(header);
  const name = algorithm.startsWith('SHA-256') ? 'sha256' : 'md5';
  const hash = (data: string | Uint8Array): string => createHash(name).update(data).digest('hex');
  const secret = hash('ada:r:correct');
  const ha1 = algorithm.endsWith('-sess') ? hash(`${secret}:${nonce}:${cnonce}`) : secret;
  const rspauth = hash(`${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${hash(`:${uri}:${hash(body)}`)}`);
  return `rspauth="${rspauth}", qop=${qop}, nc=${nc}, cnonce="${cnonce}"`;
}

describe('the proof of a server over the body of its answer (rspauth of auth-int)', () => {
  let server: LoopbackServer;
  afterEach(async () => {
    await server.stop();
  });

  /** Asks for auth-int and answers each path with what was sent for it, and a proof over what was proven for it. */
  const proving = async (
    answers: Record<string, Answer & { readonly proven?: string | Uint8Array }>,
    algorithm = 'MD5',
  ): Promise<void> => {
    server = await loopback(({ url = '', headers: { authorization } }) => {
      if (authorization === undefined) {
        const asks = `Digest realm="r", nonce="n", qop="auth-int", algorithm=${algorithm}`;
        return { status: 401, headers: { 'www-authenticate': asks } };
      }
      const { proven, ...answer } = answers[url] ?? {};
      const info = proofOf(authorization, proven ?? answer.body ?? '');
      return { ...answer, headers: { ...answer.headers, 'authentication-info': info } };
    });
  };
  const client = (options: AxiosFactoryOptions = {}) =>
    createClient({
      baseUrl: server.url,
      factory: axiosFactory(options),
      interceptors: [answerChallenges({ onChallenge: always(ADA) })],
    });
  const streamed = async (source: Observable<Uint8Array>): Promise<[number, unknown]> => {
    let bytes = 0;
    const end = await new Promise((resolve) => {
      source.subscribe({
        next: (piece) => (bytes += piece.byteLength),
        error: resolve,
        complete: () => {
          resolve('complete');
        },
      });
    });
    return [bytes, end];
  };

  it.each(['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess'])(
    'is checked before a collected body is delivered: %s',
    async (algorithm) => {
      await proving({ '/good': { body: FILM }, '/bad': { body: FILM, proven: 'x' } }, algorithm);
      const body = await lastValueFrom(client().get('/good', { decode: asBytes }));
      expect(Buffer.from(body).equals(FILM)).toBe(true);
      expect(await failure(client().get('/bad', { decode: asBytes }))).toMatchObject(UNPROVEN);
    },
  );

  it.each(['http', 'fetch'] as const)(
    'is checked as a streamed body passes, and stands before its completion: %s',
    async (adapter) => {
      await proving({ '/good': { body: FILM }, '/bad': { body: FILM, proven: FILM.subarray(1) } });
      expect(await streamed(client({ adapter }).get('/good').bytes)).toEqual([
        FILM.byteLength,
        'complete',
      ]);
      expect(await streamed(client({ adapter }).get('/bad').bytes)).toEqual([
        FILM.byteLength,
        expect.objectContaining(UNPROVEN),
      ]);
    },
  );

  it('is over the bytes as they are transferred, where the publisher undoes their coding', async () => {
    const body = gzipSync(FILM);
    const headers = { 'content-encoding': 'gzip' };
    await proving({
      '/good': { body, headers },
      '/bad': { body, headers, proven: FILM },
      '/empty': { headers },
    });
    expect(await streamed(client().get('/good').bytes)).toEqual([FILM.byteLength, 'complete']);
    expect(await streamed(client().get('/bad').bytes)).toEqual([
      FILM.byteLength,
      expect.objectContaining(UNPROVEN),
    ]);
    expect(await streamed(client().get('/empty').bytes)).toEqual([0, 'complete']);
  });

  it('is over a part as it is transferred, whose coding nobody undoes', async () => {
    const headers = { 'content-encoding': 'gzip' };
    await proving({
      '/good': { status: 206, body: 'part', headers },
      '/bad': { status: 206, body: 'part', headers, proven: 'trap' },
    });
    expect(await streamed(client().get('/good').bytes)).toEqual([4, 'complete']);
    expect(await streamed(client().get('/bad').bytes)).toEqual([
      4,
      expect.objectContaining(UNPROVEN),
    ]);
  });

  it('cannot be checked where the platform has undone the coding: the body passes', async () => {
    const headers = { 'content-encoding': 'gzip' };
    await proving({ '/film': { body: gzipSync(FILM), headers } });
    expect(await streamed(client({ adapter: 'fetch' }).get('/film').bytes)).toEqual([
      FILM.byteLength,
      'complete',
    ]);
  });

  it('of an answer without a body is over none', async () => {
    await proving({ '/good': { status: 204 }, '/bad': { status: 204, proven: 'x' } });
    await lastValueFrom(client().delete('/good'), { defaultValue: undefined });
    expect(await failure(client().delete('/bad'))).toMatchObject(UNPROVEN);
  });

  it('of an answer that may speak of a body which it does not have (HEAD) says nothing', async () => {
    await proving({ '/film': { body: FILM } });
    const { status } = await lastValueFrom(client().head('/film').response);
    expect(status).toBe(200);
  });

  it('is checked of a refusal, whose body stands in an error', async () => {
    await proving({
      '/good': { status: 404, body: 'no' },
      '/bad': { status: 404, body: 'no', proven: 'yes' },
    });
    expect(await failure(client().get('/good'))).toMatchObject({ status: 404 });
    expect(await failure(client().get('/bad'))).toMatchObject(UNPROVEN);
  });

  it('of a body that is left half way concerns nobody', async () => {
    await proving({ '/bad': { body: FILM, proven: 'x' } });
    await new Promise<void>((resolve, reject) => {
      const subscription = client()
        .get('/bad')
        .bytes.subscribe({
          next: () => {
            subscription.unsubscribe();
            resolve();
          },
          error: reject,
          complete: reject,
        });
    });
    await server.closed(2);
  });

  it('is checked of each hop of a redirect by what went along with that hop', async () => {
    await proving({
      '/here': { status: 302, headers: { location: '/there' }, body: 'on' },
      '/there': { body: 'film' },
      '/bad': { status: 302, headers: { location: '/worse' }, body: 'on' },
      '/worse': { body: 'film', proven: 'x' },
    });
    const get = (path: string): Promise<unknown> => failure(client().get(path, { decode: asText }));
    expect(await get('/here')).toBe('film');
    expect(await get('/bad')).toMatchObject(UNPROVEN);
  });

  it('is nobody else’s to give: behind a redirect to another origin nothing is checked', async () => {
    const other = await loopback(() => ({
      body: 'film',
      headers: { 'authentication-info': 'rspauth="x", qop=auth-int' },
    }));
    await proving({ '/here': { status: 302, headers: { location: `${other.url}/there` } } });
    const body = await failure(client().get('/here', { decode: asText }));
    await other.stop();
    expect(body).toBe('film');
  });

  it.each(['take', 'end', 'checkBody'] as const)(
    'by a scheme of your own whose %s throws is an auth error, and never tried again',
    async (where) => {
      await proving({ '/film': { body: 'film' } });
      const thrower = (): never => {
        throw new Error('no');
      };
      const check = { take: () => undefined, end: () => undefined, [where]: thrower };
      const own: AuthScheme = {
        name: 'digest',
        strength: () => 1,
        begin: () => ({
          authorize: () => 'Digest own',
          checkBody: where === 'checkBody' ? thrower : () => check,
        }),
      };
      const { url } = server;
      const asking = createClient({
        baseUrl: url,
        interceptors: [
          retryTransient(),
          answerChallenges({ onChallenge: always(ADA), schemes: [own] }),
        ],
      });
      expect(await failure(asking.get('/film', { decode: asText }))).toMatchObject({
        kind: 'auth',
        code: 'AUTH_SCHEME_FAILED',
      });
      expect(server.requests).toHaveLength(2);
    },
  );
});

describe('the proof of a proxy over the body of its answer (Proxy-Authentication-Info)', () => {
  let proxy: LoopbackServer;
  afterEach(async () => {
    await proxy.stop();
  });

  it('is checked as that of a server is, each in a field of its own', async () => {
    let spoiled: 'server' | 'proxy' | undefined;
    proxy = await loopback(({ headers }) => {
      const own = headers['proxy-authorization'];
      const asks = 'Digest realm="r", nonce="n", qop="auth-int"';
      if (own === undefined) return { status: 407, headers: { 'proxy-authenticate': asks } };
      const { authorization } = headers;
      if (authorization === undefined)
        return { status: 401, headers: { 'www-authenticate': asks } };
      return {
        body: 'film',
        headers: {
          'authentication-info': proofOf(authorization, spoiled === 'server' ? 'x' : 'film'),
          'proxy-authentication-info': proofOf(own, spoiled === 'proxy' ? 'x' : 'film'),
        },
      };
    });
    const client = await proxied(proxy.url, { onChallenge: always(ADA) });
    const get = (): Promise<unknown> =>
      failure(client.get('http://example.com/film', { decode: asText }));
    expect(await get()).toBe('film');
    for (spoiled of ['server', 'proxy'] as const) expect(await get()).toMatchObject(UNPROVEN);
  });
});
