import { describe, expect, it } from '@jest/globals';
import { Observable, Subject, firstValueFrom, lastValueFrom, of } from 'rxjs';
import { type TaskEvent, type TaskRequest, createClient, isTaskError } from '../../src/index.js';
import { answerChallenges } from '../../src/challenges/answer-challenges.js';
import type { ChallengeHandler } from '../../src/challenges/challenge-options.js';
import { hashHex } from '../../src/challenges/hash.js';
import { answer } from '../../src/testing/index.js';
import { ADA, always, failure, guarded, params } from './guarded.js';

const DIGEST = { headers: { 'www-authenticate': 'Digest realm="r", nonce="n", qop="auth"' } };
const target = ({ url }: TaskRequest): string => new URL(url).pathname;

describe('a Digest answer', () => {
  it('is made anew for each hop of a redirect within its origin, for the target of that hop (RFC 7616 section 3.4)', async () => {
    const seen: [string, string | undefined, string | undefined][] = [];
    const make = (request: TaskRequest): Observable<TaskEvent> => {
      const { uri, nc } = params(request.headers.get('authorization'));
      seen.push([target(request), uri, nc]);
      if (uri !== target(request)) return answer.status(uri === undefined ? 401 : 400, DIGEST);
      return target(request) === '/dir'
        ? answer.status(301, { headers: { location: '/dir/' } })
        : answer.json(200, 1);
    };
    const client = createClient({
      baseUrl: 'https://t',
      factory: { make },
      interceptors: [answerChallenges({ onChallenge: always(ADA) })],
    });
    expect(await lastValueFrom(client.get('/dir'))).toBe(1);
    expect(seen).toEqual([
      ['/dir', undefined, undefined],
      ['/dir', '/dir', '00000001'],
      ['/dir/', '/dir/', '00000002'],
    ]);
  });

  it('counts each request that was sent with a nonce, also those with a password that was wrong (RFC 7616 section 3.4)', async () => {
    const passwords = ['wrong', 'wrong too', 'correct'];
    const { client, headers } = guarded(
      () => headers().length > 3,
      'Digest realm="r", nonce="n", qop="auth"',
    );
    const onChallenge: ChallengeHandler = (_, { failures }) =>
      of({ user: 'ada', password: passwords[failures] ?? '' });
    await lastValueFrom(client.with(answerChallenges({ onChallenge })).get('/x'));
    expect(headers().map((header) => params(header)['nc'])).toEqual([
      undefined,
      '00000001',
      '00000002',
      '00000003',
    ]);
  });

  it('is over the whole of a body that comes in pieces', async () => {
    async function* body(): AsyncGenerator<Uint8Array> {
      for (let made = 0; made < 4000; made++) yield await Promise.resolve(new Uint8Array(1000));
    }
    const { client, headers } = guarded(
      (header) => header !== undefined,
      'Digest realm="r", nonce="n", qop="auth-int"',
    );
    await lastValueFrom(
      client.with(answerChallenges({ onChallenge: always(ADA) })).post('/x', body),
    );
    const { cnonce = '', response } = params(headers()[1]);
    const [ha1, whole] = await Promise.all([
      hashHex('MD5', 'ada:r:correct'),
      hashHex('MD5', new Uint8Array(4_000_000)),
    ]);
    expect(response).toBe(
      await hashHex(
        'MD5',
        `${ha1}:n:00000001:${cnonce}:auth-int:${await hashHex('MD5', `POST:/x:${whole}`)}`,
      ),
    );
  });

  it('stays home when a redirect leads elsewhere', async () => {
    const seen: [string, boolean][] = [];
    const make = (request: TaskRequest): Observable<TaskEvent> => {
      const known = request.headers.has('authorization');
      seen.push([new URL(request.url).origin, known]);
      if (request.url.startsWith('https://other')) return answer.json(200, 1);
      return known
        ? answer.status(302, { headers: { location: 'https://other/' } })
        : answer.status(401, DIGEST);
    };
    const client = createClient({
      baseUrl: 'https://t',
      factory: { make },
      interceptors: [answerChallenges({ onChallenge: always(ADA) })],
    });
    await lastValueFrom(client.get('/'));
    expect(seen).toEqual([
      ['https://t', false],
      ['https://t', true],
      ['https://other', false],
    ]);
  });

  it.each(['auth', 'auth-int'])(
    'heeds no proof and no nonce of another origin, where the platform itself has followed a redirect there: %s',
    async (qop) => {
      const nonces: (string | undefined)[] = [];
      const make = (request: TaskRequest): Observable<TaskEvent> => {
        const { nonce } = params(request.headers.get('authorization'));
        nonces.push(nonce);
        if (nonce === undefined)
          return answer.status(401, {
            headers: { 'www-authenticate': `Digest realm="r", nonce="n", qop="${qop}"` },
          });
        const info = `rspauth="00", qop=${qop}, nextnonce="theirs"`;
        return answer.json(200, 1, {
          headers: { 'authentication-info': info },
          url: 'https://other/',
        });
      };
      const client = createClient({
        baseUrl: 'https://t',
        factory: { make },
        interceptors: [answerChallenges({ onChallenge: always(ADA) })],
      });
      expect(await lastValueFrom(client.get('/x'))).toBe(1);
      expect(await lastValueFrom(client.get('/x'))).toBe(1);
      expect(nonces).toEqual([undefined, 'n', 'n']);
    },
  );

  it('is not taken into another space of its origin by a redirect, where Basic would reach no further than its folder (E11)', async () => {
    const seen: [string, string | undefined][] = [];
    const basic = (user: string): string => `Basic ${btoa(`${user}:x`)}`;
    const make = (request: TaskRequest): Observable<TaskEvent> => {
      const [, realm = ''] = target(request).split('/');
      const header = request.headers.get('authorization');
      seen.push([target(request), header]);
      if (header !== basic(realm))
        return answer.status(401, {
          headers: { 'www-authenticate': `Basic realm="${realm}"` },
          url: request.url,
        });
      return realm === 'x'
        ? answer.status(302, { headers: { location: '/y/b' } })
        : answer.json(200, 1);
    };
    const onChallenge: ChallengeHandler = ({ space }) => of({ user: space.realm, password: 'x' });
    const client = createClient({
      baseUrl: 'https://t',
      factory: { make },
      interceptors: [answerChallenges({ onChallenge })],
    });
    expect(await lastValueFrom(client.get('/x/a'))).toBe(1);
    expect(seen).toEqual([
      ['/x/a', undefined],
      ['/x/a', basic('x')],
      ['/y/b', undefined],
      ['/x/a', basic('x')],
      ['/y/b', basic('y')],
    ]);
  });

  it('over a body whose bytes only the publisher knows is a request error that says so', async () => {
    const { client } = guarded(() => false, 'Digest realm="r", nonce="n", qop="auth-int"');
    const error = await failure(
      client.with(answerChallenges({ onChallenge: always(ADA) })).post('/', new FormData()),
    );
    expect(isTaskError(error, 'request') && [error.field, error.code]).toEqual([
      'body',
      'BODY_NOT_HASHABLE',
    ]);
  });

  it.each(['iterable', 'stream', 'observable'])(
    'over a body that is left while it is hashed lets its source go: %s',
    async (kind) => {
      const released = new Subject<void>();
      const opened = new Subject<void>();
      let opens = 0;
      const iterator: AsyncIterableIterator<Uint8Array> = {
        next: () => (opened.next(), new Promise(() => undefined)),
        return: () => (released.next(), Promise.resolve({ done: true, value: undefined })),
        [Symbol.asyncIterator]: () => iterator,
      };
      const sources = {
        iterable: () => iterator,
        stream: () =>
          new ReadableStream<Uint8Array>(
            {
              pull: () => (opened.next(), new Promise(() => undefined)),
              cancel: () => {
                released.next();
              },
            },
            { highWaterMark: 0 },
          ),
        observable: () =>
          new Observable<Uint8Array>(
            () => (
              queueMicrotask(() => {
                opened.next();
              }),
              () => {
                released.next();
              }
            ),
          ),
      };
      const { client } = guarded(() => false, 'Digest realm="r", nonce="n", qop="auth-int"');
      const isOpen = firstValueFrom(opened);
      const subscription = client
        .with(answerChallenges({ onChallenge: always(ADA) }))
        .post('/', () => (opens++, sources[kind as 'stream']()))
        .subscribe();
      await isOpen;
      const isReleased = firstValueFrom(released);
      subscription.unsubscribe();
      await isReleased;
      expect(opens).toBe(1);
    },
  );

  it('hashes a realm beyond ASCII by the bytes that the server sent', async () => {
    const realm = String.fromCharCode(...new TextEncoder().encode('Zürich'));
    const { client, headers } = guarded(
      (header) => header !== undefined,
      `Digest realm="${realm}", nonce="n", qop="auth"`,
    );
    await lastValueFrom(client.with(answerChallenges({ onChallenge: always(ADA) })).get('/x'));
    const { cnonce = '', response, realm: echoed } = params(headers()[1]);
    const ha1 = await hashHex('MD5', 'ada:Zürich:correct');
    expect([echoed, response]).toEqual([
      realm,
      await hashHex('MD5', `${ha1}:n:00000001:${cnonce}:auth:${await hashHex('MD5', 'GET:/x')}`),
    ]);
  });
});
