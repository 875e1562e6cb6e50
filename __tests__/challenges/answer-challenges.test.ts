import { describe, expect, it, jest } from '@jest/globals';
import {
  NEVER,
  Observable,
  Subject,
  firstValueFrom,
  lastValueFrom,
  of,
  throwError,
  toArray,
} from 'rxjs';
import {
  AUTH,
  type TaskEvent,
  type TaskRequest,
  createClient,
  isTaskError,
} from '../../src/index.js';
import { answerChallenges } from '../../src/challenges/answer-challenges.js';
import { type ChallengeHandler, ON_CHALLENGE } from '../../src/challenges/challenge-options.js';
import type { Credential } from '../../src/challenges/credential.js';
import { type CredentialStorage, memoryStorage } from '../../src/challenges/credential-storage.js';
import { answer } from '../../src/testing/index.js';
import { ADA, BASIC_ADA, always, failure, guarded } from './guarded.js';

describe('answerChallenges', () => {
  it('asks first, then answers the challenge, once: the body is emitted once and two attempts are seen (E1, E2, E5)', async () => {
    const { client, headers } = guarded();
    const events = await lastValueFrom(
      client
        .with(answerChallenges({ onChallenge: always(ADA) }))
        .get('/a/b')
        .events.pipe(toArray()),
    );
    expect(headers()).toEqual([undefined, BASIC_ADA]);
    expect(events.filter(({ type }) => type === 'sent')).toEqual([
      { type: 'sent', attempt: 1 },
      { type: 'sent', attempt: 2 },
    ]);
    expect(events.filter(({ type }) => type === 'chunk')).toHaveLength(1);
  });

  it('looks in the storage first and asks the handler after (E3)', async () => {
    const space = { origin: 'https://t', realm: 'staff', scheme: 'basic', proxy: false };
    const onChallenge = jest.fn<ChallengeHandler>(always(ADA));
    const { client, headers } = guarded();
    await lastValueFrom(
      client
        .with(
          answerChallenges({ storage: memoryStorage([{ space, credential: ADA }]), onChallenge }),
        )
        .get('/'),
    );
    expect([headers(), onChallenge.mock.calls.length]).toEqual([[undefined, BASIC_ADA], 0]);
  });

  it("has the handler of the request win over the client's (E3)", async () => {
    const { client, headers } = guarded();
    await lastValueFrom(
      client
        .with(answerChallenges({ onChallenge: always(null) }))
        .get('/', { context: [ON_CHALLENGE.of(always(ADA))] }),
    );
    expect(headers()).toEqual([undefined, BASIC_ADA]);
  });

  it('sends nothing again without a credential: the 401 at once (E4)', async () => {
    for (const onChallenge of [undefined, always(null), () => of('default' as const)]) {
      const { client, headers } = guarded();
      const error = await failure(
        client.with(answerChallenges(onChallenge === undefined ? {} : { onChallenge })).get('/'),
      );
      expect([isTaskError(error, 'status') && error.status, headers()]).toEqual([401, [undefined]]);
    }
  });

  it('reports the last failure, with the first in previous, and counts what was refused (E6)', async () => {
    const { client, headers } = guarded();
    const failures: number[] = [];
    const wrong = ['one', 'two', 'three'];
    const onChallenge: ChallengeHandler = (_question, about) => {
      failures.push(about.failures);
      return of({ user: 'ada', password: wrong[about.failures] ?? 'three' });
    };
    const error = await failure(client.with(answerChallenges({ onChallenge })).get('/'));
    // The fourth question is answered with what was refused before, which is not tried again.
    expect([
      isTaskError(error, 'status') && error.previous.length,
      headers().length,
      failures,
    ]).toEqual([3, 4, [0, 1, 2, 3]]);
  });

  it('sends what has worked unasked, to the folder and below, however much later (E13)', async () => {
    const { client, headers } = guarded();
    const guardedClient = client.with(answerChallenges({ onChallenge: always(ADA) }));
    for (const path of ['/files/a', '/files/b', '/files/deep/c', '/other'])
      await lastValueFrom(guardedClient.get(path));
    expect(headers()).toEqual([undefined, BASIC_ADA, BASIC_ADA, BASIC_ADA, undefined, BASIC_ADA]);
  });

  it('asks each time when told not to send unasked', async () => {
    const { client, headers } = guarded();
    const guardedClient = client.with(
      answerChallenges({ onChallenge: always(ADA), preemptive: false }),
    );
    for (const path of ['/a', '/a']) await lastValueFrom(guardedClient.get(path));
    expect(headers()).toEqual([undefined, BASIC_ADA, undefined, BASIC_ADA]);
  });

  it('leaves a request alone that has an Authorization of its own, or wants none (E9)', async () => {
    const { client, headers } = guarded();
    const onChallenge = jest.fn<ChallengeHandler>(always(ADA));
    const guardedClient = client.with(answerChallenges({ onChallenge }));
    await failure(guardedClient.get('/', { headers: { Authorization: 'Basic x' } }));
    await failure(guardedClient.get('/', { context: [AUTH.of(false)] }));
    expect([headers(), onChallenge.mock.calls.length]).toEqual([['Basic x', undefined], 0]);
  });

  it('keeps a credential as long as it says: for one request, for the client, in the storage (E10)', async () => {
    for (const [persistence, seen, saved] of [
      ['none', [undefined, BASIC_ADA, undefined, BASIC_ADA], 0],
      ['session', [undefined, BASIC_ADA, BASIC_ADA], 0],
      ['permanent', [undefined, BASIC_ADA, BASIC_ADA], 1],
    ] as const) {
      const storage = memoryStorage();
      const { client, headers } = guarded();
      const guardedClient = client.with(
        answerChallenges({ storage, onChallenge: always({ ...ADA, persistence }) }),
      );
      for (const path of ['/a', '/a']) await lastValueFrom(guardedClient.get(path));
      expect([headers(), (await storage.list('https://t')).length]).toEqual([seen, saved]);
    }
  });

  it('finds the saved credential in a new client, and sends it with the first request', async () => {
    const storage = memoryStorage();
    const first = guarded();
    await lastValueFrom(
      first.client
        .with(
          answerChallenges({ storage, onChallenge: always({ ...ADA, persistence: 'permanent' }) }),
        )
        .get('/a/b'),
    );
    const second = guarded();
    await lastValueFrom(second.client.with(answerChallenges({ storage })).get('/a/c'));
    expect(second.headers()).toEqual([BASIC_ADA]);
  });

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

  it('answers nothing that another origin asked behind a redirect (E11)', async () => {
    const requests: TaskRequest[] = [];
    const make = (request: TaskRequest): Observable<TaskEvent> => {
      requests.push(request);
      return request.url.startsWith('https://t')
        ? answer.status(302, { headers: { location: 'https://evil/' } })
        : answer.status(401, {
            headers: { 'www-authenticate': 'Basic realm="staff"' },
            url: request.url,
          });
    };
    const onChallenge = jest.fn<ChallengeHandler>(always(ADA));
    const error = await failure(
      createClient({
        baseUrl: 'https://t',
        factory: { make },
        interceptors: [answerChallenges({ onChallenge })],
      }).get('/'),
    );
    expect([isTaskError(error, 'status'), requests.length, onChallenge.mock.calls.length]).toEqual([
      true,
      2,
      0,
    ]);
  });

  it('tries the strongest scheme first and the next when the handler rejects the space (E2, E12)', async () => {
    const { client, headers } = guarded(undefined, [
      'Basic realm="staff"',
      'Digest realm="staff", nonce="n", qop="auth", algorithm=SHA-256',
    ]);
    const asked: string[] = [];
    const onChallenge: ChallengeHandler = ({ scheme }) => {
      asked.push(scheme);
      return of(scheme === 'digest' ? 'reject' : ADA);
    };
    await lastValueFrom(client.with(answerChallenges({ onChallenge })).get('/'));
    expect([asked, headers()]).toEqual([
      ['digest', 'basic'],
      [undefined, BASIC_ADA],
    ]);
  });

  it('fails with an auth error when the handler cancels, and when it fails itself (E12)', async () => {
    for (const [onChallenge, code] of [
      [() => of('cancel' as const), 'AUTH_CANCELLED'],
      [() => throwError(() => new Error('closed')), 'AUTH_HANDLER_FAILED'],
    ] as const) {
      const error = await failure(
        guarded().client.with(answerChallenges({ onChallenge })).get('/'),
      );
      expect(isTaskError(error, 'auth') && error.code).toBe(code);
    }
  });

  it('reads only the storage that it was given (E14)', async () => {
    const spy = {
      list: jest.fn(() => Promise.resolve([])),
      find: jest.fn(() => Promise.resolve(undefined)),
      save: jest.fn(() => Promise.resolve()),
      remove: jest.fn(() => Promise.resolve()),
    };
    await failure(
      guarded()
        .client.with(answerChallenges({ storage: spy as CredentialStorage }))
        .get('/'),
    );
    expect([
      spy.list.mock.calls.length,
      spy.find.mock.calls.length,
      spy.save.mock.calls.length,
    ]).toEqual([1, 1, 0]);
  });

  it('asks once for all that are challenged at the same time, and one that leaves disturbs nobody', async () => {
    const { client, requests } = guarded();
    const question = new Subject<Credential>();
    const onChallenge = jest.fn<ChallengeHandler>(() => question);
    const guardedClient = client.with(answerChallenges({ onChallenge }));
    const results = Array.from({ length: 10 }, (_, n) =>
      firstValueFrom(guardedClient.get(`/f/${String(n)}`)),
    );
    const leaving = guardedClient.get('/f/leaving').subscribe();
    while (requests.length < 11) await new Promise(setImmediate);
    await new Promise(setImmediate);
    leaving.unsubscribe();
    question.next(ADA);
    expect((await Promise.all(results)).length).toBe(10);
    expect([onChallenge.mock.calls.length, requests.length]).toEqual([1, 21]);
  });

  it('does not send a one-shot body again: the 401 is delivered (A19)', async () => {
    const { client, requests } = guarded();
    const error = await failure(
      client.with(answerChallenges({ onChallenge: always(ADA) })).post('/', of(new Uint8Array(1))),
    );
    expect([isTaskError(error, 'status') && error.status, requests.length]).toEqual([401, 1]);
  });

  it('goes on with a stale nonce without asking again', async () => {
    let nonce = 1;
    const asked = jest.fn<ChallengeHandler>(always(ADA));
    const make = (request: TaskRequest): Observable<TaskEvent> => {
      const header = request.headers.get('authorization') ?? '';
      if (header.includes(`nonce="n${String(nonce)}"`)) return answer.json(200, 1);
      const stale = header === '' ? '' : ', stale=true';
      return answer.status(401, {
        headers: {
          'www-authenticate': `Digest realm="r", qop="auth", nonce="n${String(nonce)}"${stale}`,
        },
      });
    };
    const client = createClient({
      baseUrl: 'https://t',
      factory: { make },
      interceptors: [answerChallenges({ onChallenge: asked })],
    });
    await lastValueFrom(client.get('/'));
    nonce = 2;
    await lastValueFrom(client.get('/'));
    expect(asked.mock.calls).toHaveLength(1);
  });

  it('stops at a server whose nonce is always stale', async () => {
    let n = 0;
    const make = (): Observable<TaskEvent> =>
      answer.status(401, {
        headers: {
          'www-authenticate': `Digest realm="r", qop="auth", nonce="n${String(n++)}", stale=true`,
        },
      });
    const error = await failure(
      createClient({
        baseUrl: 'https://t',
        factory: { make },
        interceptors: [answerChallenges({ onChallenge: always(ADA) })],
      }).get('/'),
    );
    expect(isTaskError(error, 'status') && n).toBeLessThan(15);
  });

  it('refuses a user name with a colon, by name and without saying it (E16)', async () => {
    const error = await failure(
      guarded()
        .client.with(answerChallenges({ onChallenge: always({ user: 'a:secret', password: 'x' }) }))
        .get('/'),
    );
    expect(
      isTaskError(error, 'request') && [error.field, error.message.includes('secret')],
    ).toEqual(['credential.user', false]);
  });

  it('shows no credential in any error', async () => {
    const { client } = guarded(() => false);
    const error = await failure(
      client
        .with(
          answerChallenges({
            onChallenge: ({ space }, { failures }) =>
              of(
                failures < 2
                  ? { user: 'ada', password: `hunter${String(failures)}${space.realm}` }
                  : null,
              ),
          }),
        )
        .get('/'),
    );
    const { inspect } = await import('node:util');
    for (const text of [
      JSON.stringify(error),
      inspect(error, { depth: 9 }),
      String((error as Error).stack),
    ]) {
      expect(text).not.toMatch(/hunter|YWRhO/);
    }
  });

  it('answers a 407 for the proxy that it was told of, and no other', async () => {
    const make = (request: TaskRequest): Observable<TaskEvent> =>
      request.headers.get('proxy-authorization') === BASIC_ADA
        ? answer.json(200, request.headers.has('authorization'))
        : answer.status(407, { headers: { 'proxy-authenticate': 'Basic realm="proxy"' } });
    const client = (options: object) =>
      createClient({
        baseUrl: 'http://t',
        factory: { make },
        interceptors: [answerChallenges({ onChallenge: always(ADA), ...options })],
      });
    expect(await lastValueFrom(client({ proxyOrigin: 'http://proxy:3128' }).get('/'))).toBe(false);
    expect(await failure(client({}).get('/'))).toMatchObject({ status: 407 });
  });

  it('ends the question when it is left', async () => {
    let left = false;
    const { client } = guarded();
    const asked = new Subject<void>();
    const onChallenge: ChallengeHandler = () =>
      new Observable((subscriber) => {
        asked.next();
        subscriber.add(() => (left = true));
        return NEVER.subscribe(subscriber);
      });
    const isAsked = firstValueFrom(asked);
    const subscription = client.with(answerChallenges({ onChallenge })).get('/').subscribe();
    await isAsked;
    subscription.unsubscribe();
    expect(left).toBe(true);
  });

  it('names the option that is wrong', () => {
    expect(() => answerChallenges({ probe: 'POST' as 'HEAD' })).toThrow(/answerChallenges\.probe/);
    expect(() => answerChallenges({ storage: {} as CredentialStorage })).toThrow(/storage\.list/);
    expect(() => answerChallenges({ onChalenge: 1 } as never)).toThrow(/onChalenge/);
  });
});
