import { describe, expect, it } from '@jest/globals';
import { type Observable, defer, lastValueFrom, of } from 'rxjs';
import { type TaskEvent, type TaskRequest, createClient } from '../../src/index.js';
import { answerChallenges } from '../../src/challenges/answer-challenges.js';
import { type ChallengeHandler } from '../../src/challenges/challenge-options.js';
import { memoryStorage } from '../../src/challenges/credential-storage.js';
import { answer } from '../../src/testing/index.js';
import { ADA, always, failure, guarded, params } from './guarded.js';

const BASIC = { headers: { 'www-authenticate': 'Basic realm="staff"' } };

describe('a space', () => {
  const digest = (realm: string): string =>
    `Digest realm="${realm}", nonce="${realm}1", qop="auth"`;
  const realmOf = ({ url }: TaskRequest): string => new URL(url).pathname.split('/')[1] ?? '';

  it('of Digest without a domain gives way to the one that was met deeper: two realms ask once each', async () => {
    const { client, headers } = guarded(
      (header, request) => params(header)['realm'] === realmOf(request),
      (request) => digest(realmOf(request)),
    );
    const onChallenge: ChallengeHandler = ({ space }) => of({ user: space.realm, password: 'x' });
    const guardedClient = client.with(answerChallenges({ onChallenge }));
    for (const path of ['/x/1', '/y/1', '/x/2', '/y/2', '/y/deep/3'])
      await lastValueFrom(guardedClient.get(path));
    expect(headers().map((header) => params(header)['realm'])).toEqual([
      undefined,
      'x',
      'x',
      'y',
      'x',
      'y',
      'y',
    ]);
  });

  it('of Digest does not reach to the same path here when its domain is another origin', async () => {
    const { client, headers } = guarded(
      (header) => header !== undefined,
      'Digest realm="r", nonce="n", qop="auth", domain="https://other.test/x /y"',
    );
    const guardedClient = client.with(answerChallenges({ onChallenge: always(ADA) }));
    for (const path of ['/a', '/x', '/y/z']) await lastValueFrom(guardedClient.get(path));
    expect(headers().map((header) => header !== undefined)).toEqual([
      false,
      true,
      false,
      true,
      true,
    ]);
  });

  it('of Bearer keeps its token below the folder that asked for it', async () => {
    const { client, headers } = guarded((header) => header !== undefined, 'Bearer realm="api"');
    const guardedClient = client.with(answerChallenges({ onChallenge: always({ token: 'abc' }) }));
    for (const path of ['/api/a', '/api/b', '/other/a'])
      await lastValueFrom(guardedClient.get(path));
    const token = 'Bearer abc';
    expect(headers()).toEqual([undefined, token, token, undefined, token]);
  });

  it('is entered by nothing behind a redirect abroad and back: one request in vain, not ten', async () => {
    const seen: string[] = [];
    const make = ({ url, headers }: TaskRequest): Observable<TaskEvent> =>
      defer(() => {
        seen.push(`${url} ${headers.has('authorization') ? 'with' : 'without'}`);
        if (url === 'https://t/a')
          return answer.status(302, { headers: { location: 'https://u/' } });
        if (url === 'https://u/')
          return answer.status(302, { headers: { location: 'https://t/b' } });
        return headers.has('authorization') ? answer.json(200, 1) : answer.status(401, BASIC);
      });
    const client = createClient({
      factory: { make },
      interceptors: [answerChallenges({ onChallenge: always(ADA) })],
    });
    expect(await failure(client.get('https://t/a'))).toMatchObject({ status: 401 });
    expect(seen.filter((line) => line.endsWith('with'))).toEqual(['https://t/a with']);
    expect(seen).toHaveLength(6);
  });

  it.each(['a handler', 'a storage'])(
    'whose server gives all the same nonce counts on, whoever asks and whenever it goes stale: %s',
    async (how) => {
      let nonce = 'n0';
      const { client, headers } = guarded(
        (header) => params(header)['nonce'] === nonce,
        (request) =>
          `Digest realm="r", nonce="${nonce}", qop="auth"${request.headers.has('authorization') ? ', stale=true' : ''}`,
      );
      const space = { origin: 'https://t', realm: 'r', scheme: 'digest', proxy: false };
      const guardedClient = client.with(
        answerChallenges(
          how === 'a handler'
            ? { onChallenge: () => new Promise((resolve) => setImmediate(resolve, ADA)) }
            : { storage: memoryStorage([{ space, credential: ADA }]) },
        ),
      );
      const all = (): Promise<unknown> =>
        Promise.all(['/a', '/b', '/c'].map((path) => lastValueFrom(guardedClient.get(path))));
      await all();
      nonce = 'n1';
      await all();
      const used = headers().flatMap((header) => {
        const { nonce: with_ = '', nc = '' } = params(header);
        return with_ === '' ? [] : [`${with_} ${nc}`];
      });
      const counts = (name: string, ...numbers: number[]): string[] =>
        numbers.map((n) => `${name} 0000000${String(n)}`);
      expect(used.sort()).toEqual([...counts('n0', 1, 2, 3, 4, 5, 6), ...counts('n1', 1, 2, 3)]);
    },
  );

  it('whose server gives each request a nonce of its own counts each of them from one', async () => {
    let nonces = 0;
    const { client, headers } = guarded(
      (header) => header !== undefined,
      () => `Digest realm="r", nonce="n${String(nonces++)}", qop="auth"`,
    );
    const guardedClient = client.with(answerChallenges({ onChallenge: always(ADA) }));
    await Promise.all(['/a', '/b', '/c'].map((path) => lastValueFrom(guardedClient.get(path))));
    const used = headers().flatMap((header) => {
      const { nonce = '', nc = '' } = params(header);
      return nonce === '' ? [] : [`${nonce} ${nc}`];
    });
    expect(used.sort()).toEqual(['n0 00000001', 'n1 00000001', 'n2 00000001']);
  });
});

describe('a proxy and a server behind it', () => {
  const make =
    (seen: string[]) =>
    (request: TaskRequest): Observable<TaskEvent> =>
      defer(() => {
        const { method, headers } = request;
        seen.push(
          `${method} ${headers.has('proxy-authorization') ? 'proxy ' : ''}${headers.has('authorization') ? 'server' : ''}`.trim(),
        );
        if (!headers.has('proxy-authorization'))
          return answer.status(407, { headers: { 'proxy-authenticate': 'Basic realm="p"' } });
        return headers.has('authorization') ? answer.json(200, 1) : answer.status(401, BASIC);
      });

  it('are both asked by the probe, also where one of them is known: the body goes out once (E7)', async () => {
    const space = { origin: 'http://proxy:3128', realm: 'p', scheme: 'basic', proxy: true };
    const storage = memoryStorage([{ space, credential: ADA, paths: ['/'] }]);
    const seen: string[] = [];
    const client = createClient({
      factory: { make: make(seen) },
      interceptors: [
        answerChallenges({
          storage,
          onChallenge: always(ADA),
          proxyOrigin: 'http://proxy:3128',
          probe: 'HEAD',
        }),
      ],
    });
    await lastValueFrom(client.put('http://t/up', 'x'));
    expect(seen).toEqual(['HEAD proxy', 'HEAD proxy server', 'PUT proxy server']);
  });

  it('of one origin keep their credentials apart', async () => {
    const seen: string[] = [];
    const client = createClient({
      factory: { make: make(seen) },
      interceptors: [
        answerChallenges({
          onChallenge: ({ space }) => of(space.proxy ? ADA : { user: 'bob', password: 'x' }),
          proxyOrigin: 'http://t',
        }),
      ],
    });
    for (const path of ['a', 'b']) await lastValueFrom(client.get(`http://t/${path}`));
    expect(seen).toEqual(['GET', 'GET proxy', 'GET proxy server', 'GET proxy server']);
  });
});
