import { describe, expect, it, jest } from '@jest/globals';
import { type Observable, Subject, concat, firstValueFrom, lastValueFrom, of } from 'rxjs';
import { ACCEPT_STATUS, type TaskEvent, type TaskRequest, createClient } from '../../src/index.js';
import { answerChallenges } from '../../src/challenges/answer-challenges.js';
import type { AuthScheme } from '../../src/challenges/auth-scheme.js';
import { type ChallengeHandler, ON_CHALLENGE } from '../../src/challenges/challenge-options.js';
import type { Credential } from '../../src/challenges/credential.js';
import { memoryStorage } from '../../src/challenges/credential-storage.js';
import { answer } from '../../src/testing/index.js';
import { ADA, BASIC_ADA, always, failure, guarded } from './guarded.js';

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

  it('and came from the storage is not tried again either', async () => {
    const space = { origin: 'https://t', realm: 'staff', scheme: 'basic', proxy: false };
    const wrong = { user: 'ada', password: 'wrong' };
    const { client, headers } = guarded();
    const guardedClient = client.with(
      answerChallenges({ storage: memoryStorage([{ space, credential: wrong }]) }),
    );
    for (const path of ['/a', '/b']) await failure(guardedClient.get(path));
    expect(headers()).toEqual([undefined, `Basic ${btoa('ada:wrong')}`, undefined]);
  });

  it('late, when another one has taken its place, neither takes that away nor asks again', async () => {
    let right = { user: 'ada', password: 'correct' };
    const held: Subject<TaskEvent>[] = [];
    const basic = ({ user, password }: typeof right): string =>
      `Basic ${btoa(`${user}:${password}`)}`;
    const make = (request: TaskRequest): Observable<TaskEvent> => {
      const isRight = request.headers.get('authorization') === basic(right);
      const told = isRight ? answer.json(200, 1) : answer.status(401, BASIC);
      if (!request.url.endsWith('/slow') || isRight) return told;
      return concat(held[held.push(new Subject()) - 1]!, told);
    };
    const onChallenge = jest.fn<ChallengeHandler>(() => of(right));
    const client = createClient({
      baseUrl: 'https://t',
      factory: { make },
      interceptors: [answerChallenges({ onChallenge })],
    });
    await lastValueFrom(client.get('/a'));
    right = { user: 'ada', password: 'changed' };
    const late = lastValueFrom(client.get('/slow'));
    while (held.length === 0) await Promise.resolve();
    await lastValueFrom(client.get('/a'));
    held[0]!.complete();
    await late;
    expect(onChallenge).toHaveBeenCalledTimes(2);
  });

  it('is counted for the handler until one is taken', async () => {
    let accepted = 'p1';
    const { client } = guarded((header) => header === `Basic ${btoa(`ada:${accepted}`)}`);
    const told: number[] = [];
    const onChallenge: ChallengeHandler = (_question, { failures }) => (
      told.push(failures),
      of({ user: 'ada', password: `p${String(told.length - 1)}` })
    );
    const guardedClient = client.with(answerChallenges({ onChallenge }));
    await lastValueFrom(guardedClient.get('/a'));
    accepted = 'p3';
    await lastValueFrom(guardedClient.get('/a'));
    expect(told).toEqual([0, 1, 1, 2]);
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
    const list = () => Promise.resolve([{ space, credential: PERMANENT, paths: ['/a/'] }]);
    // Where it holds is news, so it would be saved if it were right.
    const elsewhere: AuthScheme = {
      name: 'basic',
      strength: () => 1,
      begin: () => ({ authorize: () => 'Basic x', domain: ['/elsewhere/'] }),
    };
    const { client, headers } = guarded(() => false);
    const taken = client.with(
      answerChallenges({ schemes: [elsewhere], storage: { ...storage, list } }),
    );
    await lastValueFrom(taken.get('/a/b', { context: [ACCEPT_STATUS.of(() => true)] }));
    expect([headers(), await storage.list('https://t')]).toEqual([['Basic x'], []]);
  });
});
