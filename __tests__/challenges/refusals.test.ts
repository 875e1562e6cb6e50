import { describe, expect, it, jest } from '@jest/globals';
import { type Observable, Subject, defer, firstValueFrom, lastValueFrom, of } from 'rxjs';
import { ACCEPT_STATUS, type TaskEvent, type TaskRequest, createClient } from '../../src/index.js';
import { answerChallenges } from '../../src/challenges/answer-challenges.js';
import { type ChallengeHandler, ON_CHALLENGE } from '../../src/challenges/challenge-options.js';
import type { Credential } from '../../src/challenges/credential.js';
import { memoryStorage } from '../../src/challenges/credential-storage.js';
import { answer } from '../../src/testing/index.js';
import { ADA, BASIC_ADA, always, failure, guarded, params } from './guarded.js';

const PERMANENT = { ...ADA, persistence: 'permanent' } as const;
const BASIC = { headers: { 'www-authenticate': 'Basic realm="staff"' } };

describe('a credential that is refused', () => {
  const bobs = (header: string | undefined, { url }: TaskRequest): boolean =>
    header === BASIC_ADA && !url.includes('/bob');

  it('where its owner may not go works on everywhere else, unasked, and is not sent there again', async () => {
    const { client, headers } = guarded(bobs);
    const onChallenge = jest.fn<ChallengeHandler>(always(ADA));
    const guardedClient = client.with(answerChallenges({ onChallenge }));
    await lastValueFrom(guardedClient.get('/a'));
    for (const _ of [1, 2]) await failure(guardedClient.get('/bob'));
    await lastValueFrom(guardedClient.get('/b'));
    expect([headers(), onChallenge.mock.calls.length]).toEqual([
      [undefined, BASIC_ADA, BASIC_ADA, undefined, BASIC_ADA],
      3,
    ]);
  });

  it('at ten places on end is taken for wrong everywhere: it goes along no more', async () => {
    let open = true;
    const { client, headers } = guarded((header) => open && header === BASIC_ADA);
    const guardedClient = client.with(answerChallenges({ onChallenge: always(ADA) }));
    await lastValueFrom(guardedClient.get('/first'));
    open = false;
    for (let n = 0; n < 20; n++) await failure(guardedClient.get(`/${String(n)}`));
    expect(headers().filter((header) => header !== undefined)).toHaveLength(11);
  });

  it('and never worked is not tried at another place', async () => {
    const { client, headers } = guarded(() => false);
    const guardedClient = client.with(answerChallenges({ onChallenge: always(ADA) }));
    for (const path of ['/a', '/b']) await failure(guardedClient.get(path));
    expect(headers()).toEqual([undefined, BASIC_ADA, undefined]);
  });
});

describe('a handler of one request', () => {
  it('hears its own question while another one is asked for the same space (E3)', async () => {
    const { client, headers } = guarded((header) => header !== undefined);
    const slow = new Subject<Credential>();
    const asked = new Subject<void>();
    const guardedClient = client.with(
      answerChallenges({ onChallenge: () => (asked.next(), slow) }),
    );
    const isAsked = firstValueFrom(asked);
    const first = lastValueFrom(guardedClient.get('/a'));
    await isAsked;
    const own = { user: 'bob', password: 'x', persistence: 'none' } as const;
    await lastValueFrom(guardedClient.get('/b', { context: [ON_CHALLENGE.of(() => of(own))] }));
    slow.next(ADA);
    await first;
    expect(headers()).toEqual([undefined, undefined, `Basic ${btoa('bob:x')}`, BASIC_ADA]);
  });
});

describe('an answer that says nothing of the credential', () => {
  it.each([500, 503, 429])('keeps none of it: %i', async (status) => {
    const storage = memoryStorage();
    const make = ({ headers }: TaskRequest): Observable<TaskEvent> =>
      headers.has('authorization') ? answer.status(status) : answer.status(401, BASIC);
    const client = createClient({
      baseUrl: 'https://t',
      factory: { make },
      interceptors: [answerChallenges({ storage, onChallenge: always(PERMANENT) })],
    });
    await failure(client.get('/'));
    expect(await storage.list('https://t')).toEqual([]);
  });

  it('keeps none of it: a 401 that the request takes for an answer', async () => {
    const storage = memoryStorage();
    const space = { origin: 'https://t', realm: 'staff', scheme: 'basic', proxy: false };
    const { client } = guarded(() => false);
    const taken = client.with(
      answerChallenges({
        storage: {
          ...storage,
          list: () => Promise.resolve([{ space, credential: PERMANENT, paths: ['/a/'] }]),
        },
      }),
    );
    await lastValueFrom(taken.get('/b', { context: [ACCEPT_STATUS.of(() => true)] }));
    await lastValueFrom(taken.get('/a/b', { context: [ACCEPT_STATUS.of(() => true)] }));
    expect(await storage.list('https://t')).toEqual([]);
  });
});

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
});
