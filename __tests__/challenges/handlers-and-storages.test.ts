import { describe, expect, it, jest } from '@jest/globals';
import { EMPTY, Subject, firstValueFrom, lastValueFrom, of } from 'rxjs';
import {
  type Flow,
  HeaderFields,
  type TaskEvent,
  createClient,
  isTaskError,
} from '../../src/index.js';
import { answerChallenges } from '../../src/challenges/answer-challenges.js';
import type { AuthScheme } from '../../src/challenges/auth-scheme.js';
import type { ChallengeHandler } from '../../src/challenges/challenge-options.js';
import type { StoredCredential } from '../../src/challenges/credential-storage.js';
import {
  type CredentialStorage,
  memoryStorage,
  recordStorage,
  webStorage,
} from '../../src/challenges/credential-storage.js';
import { ADA, BASIC_ADA, always, failure, guarded } from './guarded.js';

const PERMANENT = { ...ADA, persistence: 'permanent' } as const;
const STAFF = { origin: 'https://t', realm: 'staff', scheme: 'basic', proxy: false };

describe('a handler', () => {
  it('that completes without an answer gives none: the 401 is delivered (E4, L4)', async () => {
    const { client, headers } = guarded();
    const error = await failure(
      client.with(answerChallenges({ onChallenge: () => EMPTY })).get('/').events,
    );
    expect([isTaskError(error, 'status') && error.status, headers()]).toEqual([401, [undefined]]);
  });

  it('that throws, or answers with what is no answer, fails the task with an auth error', async () => {
    for (const onChallenge of [
      () => {
        throw new Error('closed');
      },
      () => ({ user: 'ada', password: 'x' }),
      () => of(7),
      () => of({}),
    ] as unknown as ChallengeHandler[]) {
      const error = await failure(
        guarded().client.with(answerChallenges({ onChallenge })).get('/'),
      );
      expect(isTaskError(error, 'auth') && error.code).toBe('AUTH_HANDLER_FAILED');
    }
  });
});

describe('thousands of challenges in one response', () => {
  it('keep nobody busy: a few are looked at, the strongest first (L11)', async () => {
    const asks = `${'Basic,'.repeat(4000)}Digest realm="r", nonce="n", qop="auth"`;
    const asked: string[] = [];
    const onChallenge: ChallengeHandler = ({ scheme }) => (asked.push(scheme), of('reject'));
    const { client, requests } = guarded(() => false, asks);
    const error = await failure(client.with(answerChallenges({ onChallenge })).get('/'));
    expect([isTaskError(error, 'status') && error.status, requests.length]).toEqual([401, 1]);
    expect([asked[0], asked.length < 100]).toEqual(['digest', true]);
  });
});

describe('a storage', () => {
  const over = (given: Partial<CredentialStorage>): CredentialStorage => ({
    ...memoryStorage(),
    ...given,
  });

  it('that throws or rejects fails the task with an auth error, whatever it was asked', async () => {
    const broken = (): never => {
      throw new Error('locked');
    };
    const rejects = (): Promise<never> => Promise.reject(new Error('locked'));
    for (const given of [
      { list: broken },
      { list: rejects },
      { find: broken },
      { find: rejects },
      { save: broken },
      { save: rejects },
    ]) {
      const { client } = guarded();
      const error = await failure(
        client
          .with(answerChallenges({ storage: over(given), onChallenge: always(PERMANENT) }))
          .get('/'),
      );
      expect(isTaskError(error, 'auth') && error.code).toBe('AUTH_STORAGE_FAILED');
    }
  });

  it('is asked again what it knows of an origin after it failed once', async () => {
    let locked = true;
    const storage = memoryStorage([{ space: STAFF, credential: ADA, paths: ['/'] }]);
    const { client, headers } = guarded();
    const guardedClient = client.with(
      answerChallenges({
        storage: over({
          ...storage,
          list: (origin) => (locked ? Promise.reject(new Error('locked')) : storage.list(origin)),
        }),
      }),
    );
    await failure(guardedClient.get('/'));
    locked = false;
    await lastValueFrom(guardedClient.get('/'));
    expect(headers()).toEqual([BASIC_ADA]);
  });

  it('may say null for nothing, as those of the web do', async () => {
    const { client, headers } = guarded();
    await lastValueFrom(
      client
        .with(
          answerChallenges({
            storage: over({ find: () => Promise.resolve(null as never) }),
            onChallenge: always(ADA),
          }),
        )
        .get('/'),
    );
    expect(headers()).toEqual([undefined, BASIC_ADA]);
  });

  it('with a credential that no scheme takes does not stand in the way of the others', async () => {
    const stored: StoredCredential[] = [
      {
        space: { ...STAFF, realm: 'old' },
        credential: { user: 'a:b', password: 'x' },
        paths: ['/'],
      },
    ];
    const { client, headers } = guarded();
    await lastValueFrom(
      client
        .with(answerChallenges({ storage: memoryStorage(stored), onChallenge: always(ADA) }))
        .get('/'),
    );
    expect(headers()).toEqual([undefined, BASIC_ADA]);
  });

  it('is written to once for a credential, and again when it holds for more', async () => {
    const save = jest.fn<CredentialStorage['save']>(() => Promise.resolve());
    const { client } = guarded();
    const guardedClient = client.with(
      answerChallenges({ storage: over({ save }), onChallenge: always(PERMANENT) }),
    );
    for (const path of ['/a/1', '/a/2', '/a/b/3', '/c/4', '/c/5'])
      await lastValueFrom(guardedClient.get(path));
    expect(save.mock.calls.map(([, , paths]) => paths)).toEqual([['/a/'], ['/a/', '/c/']]);
  });

  it('that takes its time to write holds the server back meanwhile (L11)', async () => {
    const events = new Subject<TaskEvent>();
    const saved = new Subject<void>();
    const asked = new Subject<void>();
    let flow: Flow | undefined;
    const client = createClient({
      factory: { make: (request) => ((flow = request.flow), events) },
    });
    const shout: AuthScheme = {
      name: 'basic',
      strength: () => 1,
      begin: () => ({ authorize: () => 'x', domain: ['/elsewhere/'] }),
    };
    const storage = over({
      list: () =>
        Promise.resolve([
          { space: { ...STAFF, origin: 'http://t' }, credential: PERMANENT, paths: ['/x/'] },
        ]),
      save: () => (asked.next(), firstValueFrom(saved)),
    });
    const seen: string[] = [];
    const told = new Subject<void>();
    client
      .with(answerChallenges({ storage, schemes: [shout] }))
      .get('http://t/x/')
      .events.subscribe((event) => {
        seen.push(event.type);
        told.next();
      });
    const sent = firstValueFrom(told);
    while (!events.observed) await Promise.resolve();
    events.next({ type: 'sent', attempt: 1 });
    await sent;
    const saving = firstValueFrom(asked);
    events.next({
      type: 'head',
      head: { status: 200, statusText: '', headers: HeaderFields.empty, url: '' },
    });
    events.next({ type: 'chunk', bytes: Uint8Array.of(1) });
    await saving;
    expect([flow?.paused, seen]).toEqual([true, ['sent']]);
    const head = firstValueFrom(told);
    saved.next();
    await head;
    expect([flow?.paused, seen]).toEqual([false, ['sent', 'head', 'chunk']]);
  });

  it('over one text keeps changes apart, and takes a damaged text for an empty one', async () => {
    let text: string | null = 'not JSON';
    const place = {
      read: () => Promise.resolve(text),
      write: (next: string | undefined) =>
        Promise.resolve().then(() => {
          text = next ?? null;
        }),
    };
    const storage = recordStorage(place);
    const spaces = [1, 2, 3].map((n) => ({ ...STAFF, realm: String(n) }));
    await Promise.all(spaces.map((space) => storage.save(space, ADA, ['/'])));
    expect((await storage.list('https://t')).map(({ space }) => space.realm)).toEqual([
      '1',
      '2',
      '3',
    ]);
    await Promise.all(spaces.map((space) => storage.remove(space)));
    expect(text).toBeNull();
    text =
      '[null, 7, {"space":{}}, {"space":{"origin":"https://t","realm":"r","scheme":"basic"},"credential":null}]';
    expect(await storage.list('https://t')).toEqual([]);
  });

  it('over Web Storage is one entry of it', async () => {
    const entries = new Map<string, string>();
    const web = {
      getItem: (key: string) => entries.get(key) ?? null,
      setItem: (key: string, value: string) => void entries.set(key, value),
      removeItem: (key: string) => void entries.delete(key),
    };
    const storage = webStorage(web);
    await storage.save(STAFF, ADA);
    expect([
      [...entries.keys()],
      await storage.find(STAFF),
      await storage.find({ ...STAFF, proxy: true }),
    ]).toEqual([['coldwire.credentials'], ADA, undefined]);
    await storage.remove(STAFF);
    expect(entries.size).toBe(0);
  });
});
