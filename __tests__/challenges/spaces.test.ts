import { describe, expect, it, jest } from '@jest/globals';
import { type Observable, defer, lastValueFrom, of } from 'rxjs';
import { type TaskEvent, type TaskRequest, createClient, isTaskError } from '../../src/index.js';
import { answerChallenges } from '../../src/challenges/answer-challenges.js';
import { basicScheme } from '../../src/challenges/basic-scheme.js';
import type { ChallengeHandler, ChallengeOptions } from '../../src/challenges/challenge-options.js';
import { memoryStorage } from '../../src/challenges/credential-storage.js';
import { digestScheme } from '../../src/challenges/digest-scheme.js';
import { Spaces } from '../../src/challenges/space-state.js';
import { answer } from '../../src/testing/index.js';
import { ADA, BASIC_ADA, always, failure, guarded } from './guarded.js';

const basic = (user: string): string => `Basic ${btoa(`${user}:x`)}`;

describe('a protection space', () => {
  it('is not refused by a challenge of another one: what worked there works on, and is not asked again (E11)', async () => {
    const asked: string[] = [];
    const realmOf = ({ url }: TaskRequest): string =>
      new URL(url).pathname.startsWith('/inner/') ? 'inner' : 'outer';
    const { client, headers } = guarded(
      (header, request) => header === basic(realmOf(request)),
      (request) => `Basic realm="${realmOf(request)}"`,
    );
    const onChallenge: ChallengeHandler = ({ space }) => (
      asked.push(space.realm),
      of({ user: space.realm, password: 'x' })
    );
    const guardedClient = client.with(answerChallenges({ onChallenge }));
    for (const path of ['/a', '/inner/b', '/c', '/inner/d'])
      await lastValueFrom(guardedClient.get(path));
    expect(asked).toEqual(['outer', 'inner']);
    expect(headers()).toEqual([
      undefined,
      basic('outer'),
      basic('outer'),
      basic('inner'),
      basic('outer'),
      basic('inner'),
    ]);
  });

  it('does not call a credential wrong when what comes back is a challenge of another space', async () => {
    const { client, headers } = guarded(
      (header, { url }) => header === basic(url.endsWith('/a') ? 'y' : 'x'),
      ({ url, headers: sent }) =>
        `Basic realm="${url.endsWith('/a') && sent.has('authorization') ? 'y' : 'x'}"`,
    );
    const onChallenge: ChallengeHandler = ({ space }) => of({ user: space.realm, password: 'x' });
    const guardedClient = client.with(answerChallenges({ onChallenge, preemptive: false }));
    for (const path of ['/a', '/b']) await lastValueFrom(guardedClient.get(path));
    expect(headers()).toEqual([undefined, basic('x'), basic('y'), undefined, basic('x')]);
  });

  it('is answered from the storage by a weaker scheme where nobody answers for the stronger (E2, E3)', async () => {
    const space = { origin: 'https://t', realm: 'staff', scheme: 'basic', proxy: false };
    const { client, headers } = guarded(undefined, [
      'Digest realm="staff", nonce="n", qop="auth"',
      'Basic realm="staff"',
    ]);
    await lastValueFrom(
      client
        .with(answerChallenges({ storage: memoryStorage([{ space, credential: ADA }]) }))
        .get('/'),
    );
    expect(headers()).toEqual([undefined, BASIC_ADA]);
  });

  it('keeps nothing of a credential for one request, also when that request came to nothing (E10)', async () => {
    let up = false;
    const requests: (string | undefined)[] = [];
    const make = ({ headers }: TaskRequest): Observable<TaskEvent> => {
      const header = headers.get('authorization');
      requests.push(header);
      if (header === undefined)
        return answer.status(401, { headers: { 'www-authenticate': 'Basic realm="staff"' } });
      return up ? answer.json(200, 1) : answer.fail('CONNECTION_RESET');
    };
    const onChallenge = jest.fn<ChallengeHandler>(always({ ...ADA, persistence: 'none' }));
    const client = createClient({
      baseUrl: 'https://t',
      factory: { make },
      interceptors: [answerChallenges({ onChallenge })],
    });
    await failure(client.get('/'));
    up = true;
    await lastValueFrom(client.get('/'));
    expect([requests, onChallenge.mock.calls.length]).toEqual([
      [undefined, BASIC_ADA, undefined, BASIC_ADA],
      2,
    ]);
  });

  it('is known to hold by any answer that is no challenge: a 404 too', async () => {
    const headers: (string | undefined)[] = [];
    const make = (request: TaskRequest): Observable<TaskEvent> => {
      headers.push(request.headers.get('authorization'));
      return headers.at(-1) === undefined
        ? answer.status(401, { headers: { 'www-authenticate': 'Basic realm="staff"' } })
        : answer.status(404);
    };
    const client = createClient({
      baseUrl: 'https://t',
      factory: { make },
      interceptors: [answerChallenges({ onChallenge: always(ADA) })],
    });
    for (const path of ['/a', '/b'])
      expect(await failure(client.get(path))).toMatchObject({ status: 404 });
    expect(headers).toEqual([undefined, BASIC_ADA, BASIC_ADA]);
  });

  it('of a policy is its own: two policies share no credential and write none anywhere (A3, A4)', async () => {
    const { client, headers } = guarded();
    for (const _ of [1, 2])
      await lastValueFrom(
        client
          .with(answerChallenges({ onChallenge: always({ ...ADA, persistence: 'permanent' }) }))
          .get('/'),
      );
    expect(headers()).toEqual([undefined, BASIC_ADA, undefined, BASIC_ADA]);
  });

  it('of a proxy is answered for plain HTTP alone: over TLS it is the server who says 407', async () => {
    const seen: (string | undefined)[] = [];
    const make = ({ headers }: TaskRequest): Observable<TaskEvent> =>
      defer(() => {
        seen.push(headers.get('proxy-authorization'));
        return seen.at(-1) === BASIC_ADA
          ? answer.json(200, 1)
          : answer.status(407, { headers: { 'proxy-authenticate': 'Basic realm="proxy"' } });
      });
    const client = createClient({
      factory: { make },
      interceptors: [
        answerChallenges({ onChallenge: always(ADA), proxyOrigin: 'http://proxy:3128' }),
      ],
    });
    await lastValueFrom(client.get('http://a/'));
    expect(await failure(client.get('https://b/'))).toMatchObject({ status: 407 });
    await lastValueFrom(client.get('http://c/'));
    expect(seen).toEqual([undefined, BASIC_ADA, undefined, BASIC_ADA]);
  });

  it('costs a bounded memory, whatever realms and folders a server makes up (L11)', () => {
    const spaces = new Spaces();
    const space = (realm: string) => ({
      origin: 'https://t',
      realm,
      scheme: 'basic',
      proxy: false,
    });
    const kept = spaces.of(space('kept'));
    kept.begin({ authorize: () => 'x' }, ADA);
    for (let n = 0; n < 5000; n++) {
      spaces.of(space(String(n)));
      kept.holdAt([`/folder/${String(n)}/`]);
    }
    expect([
      spaces.size <= 1000,
      kept.paths.size <= 1000,
      spaces.of(space('kept')) === kept,
    ]).toEqual([true, true, true]);
    const guess = (n: number) => ({ user: 'ada', password: String(n) });
    for (let n = 0; n < 5000; n++) kept.refuse({ authorize: () => 'x' }, guess(n), '/');
    expect([kept.isRefused(guess(0), '/'), kept.isRefused(guess(4999), '/')]).toEqual([
      false,
      true,
    ]);
    kept.holdAt(['/folder/']);
    expect([...kept.paths]).toEqual(['/folder/']);
  });

  it('is named in previous when what came behind its challenge was a failure of another kind (E6)', async () => {
    let n = 0;
    const make = (): Observable<TaskEvent> =>
      n++ === 0
        ? answer.status(401, { headers: { 'www-authenticate': 'Basic realm="staff"' } })
        : answer.fail('CONNECTION_RESET');
    const error = await failure(
      createClient({
        factory: { make },
        interceptors: [answerChallenges({ onChallenge: always(ADA) })],
      }).get('http://t/'),
    );
    expect(isTaskError(error, 'network') && error.previous.map(({ code }) => code)).toEqual([
      'STATUS_401',
    ]);
  });

  it.each([
    ['AUTH_CANCELLED', { onChallenge: always('cancel' as never) }, ''],
    ['AUTH_HANDLER_FAILED', { onChallenge: always({} as never) }, ''],
    ['INVALID_OPTION', { onChallenge: always({ user: 'a:b', password: '' }) }, ''],
    ['AUTH_STORAGE_FAILED', { onChallenge: always({ ...ADA, persistence: 'permanent' }) }, ''],
    ['AUTH_SERVER_UNPROVEN', { onChallenge: always(ADA), schemes: [digestScheme()] }, 'rspauth=x'],
  ] satisfies [string, ChallengeOptions, string][])(
    'is named in previous by what ended the task behind it: %s (E6)',
    async (code, options, info) => {
      const asks = 'Basic realm="staff", Digest realm="staff", nonce="n", qop="auth"';
      const make = ({ headers }: TaskRequest): Observable<TaskEvent> =>
        headers.has('authorization')
          ? answer.json(200, 1, { headers: { 'authentication-info': info } })
          : answer.status(401, { headers: { 'www-authenticate': asks } });
      const save = (): Promise<never> => Promise.reject(new Error('full'));
      const storage = { ...memoryStorage(), save };
      const error = await failure(
        createClient({
          factory: { make },
          interceptors: [answerChallenges({ storage, schemes: [basicScheme], ...options })],
        }).get('http://t/'),
      );
      expect(isTaskError(error) && [error.code, error.previous.map((one) => one.code)]).toEqual([
        code,
        ['STATUS_401'],
      ]);
    },
  );

  it('keeps realms, origins and schemes apart (E11)', async () => {
    const seen: string[] = [];
    const requests: TaskRequest[] = [];
    const make = (request: TaskRequest): Observable<TaskEvent> => {
      requests.push(request);
      const realm = new URL(request.url).pathname.split('/')[1] ?? '';
      return request.headers.get('authorization') === `Basic ${btoa(`${realm}:x`)}`
        ? answer.json(200, 1)
        : answer.status(401, { headers: { 'www-authenticate': `Basic realm="${realm}"` } });
    };
    const onChallenge: ChallengeHandler = ({ space }) => {
      seen.push(`${space.origin} ${space.realm}`);
      return of({ user: space.realm, password: 'x' });
    };
    const client = createClient({
      factory: { make },
      interceptors: [answerChallenges({ onChallenge })],
    });
    for (const url of [
      'https://a/one/',
      'https://a/two/',
      'https://a:444/one/',
      'http://a/one/',
      'https://a/one/deep',
    ])
      await lastValueFrom(client.get(url));
    expect(seen).toEqual(['https://a one', 'https://a two', 'https://a:444 one', 'http://a one']);
    expect(
      requests.every((request) =>
        [
          undefined,
          `Basic ${btoa(`${new URL(request.url).pathname.split('/')[1] ?? ''}:x`)}`,
        ].includes(request.headers.get('authorization')),
      ),
    ).toBe(true);
  });
});
