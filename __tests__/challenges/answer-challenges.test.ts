import { describe, expect, it, jest } from '@jest/globals';
import { NEVER, Observable, Subject, firstValueFrom, lastValueFrom, of } from 'rxjs';
import { type TaskEvent, type TaskRequest, createClient, isTaskError } from '../../src/index.js';
import { answerChallenges } from '../../src/challenges/answer-challenges.js';
import { type ChallengeHandler } from '../../src/challenges/challenge-options.js';
import type { Credential } from '../../src/challenges/credential.js';
import { memoryStorage } from '../../src/challenges/credential-storage.js';
import { answer } from '../../src/testing/index.js';
import { ADA, BASIC_ADA, always, failure, guarded } from './guarded.js';

describe('answerChallenges', () => {
  it('asks each time when told not to send unasked', async () => {
    const { client, headers } = guarded();
    const guardedClient = client.with(
      answerChallenges({ onChallenge: always(ADA), preemptive: false }),
    );
    for (const path of ['/a', '/a']) await lastValueFrom(guardedClient.get(path));
    expect(headers()).toEqual([undefined, BASIC_ADA, undefined, BASIC_ADA]);
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
});
