import { describe, expect, it, jest } from '@jest/globals';
import { type Observable, lastValueFrom, of, throwError, toArray } from 'rxjs';
import {
  AUTH,
  type TaskEvent,
  type TaskRequest,
  createClient,
  isTaskError,
} from '../../src/index.js';
import { answerChallenges } from '../../src/challenges/answer-challenges.js';
import { type ChallengeHandler, ON_CHALLENGE } from '../../src/challenges/challenge-options.js';
import { type CredentialStorage, memoryStorage } from '../../src/challenges/credential-storage.js';
import { answer } from '../../src/testing/index.js';
import { ADA, BASIC_ADA, always, failure, guarded } from './guarded.js';

/** What the field asks of credentials, row by row; what is asked of bodies stands in e-table-bodies.test.ts. */
describe('challenges, by the table of questions', () => {
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

  it('evaluates header providers for each attempt: what changed meanwhile goes with the answer (E8)', async () => {
    let n = 0;
    const { client, requests } = guarded();
    await lastValueFrom(
      client
        .with({ headers: () => ({ 'X-Try': String(++n) }) })
        .with(answerChallenges({ onChallenge: always(ADA) }))
        .get('/'),
    );
    expect(requests.map(({ headers }) => headers.get('x-try'))).toEqual(['1', '2']);
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

  it('sends what has worked unasked, to the folder and below, an hour later as well (E13)', async () => {
    const { client, headers } = guarded();
    const guardedClient = client.with(answerChallenges({ onChallenge: always(ADA) }));
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    try {
      for (const path of ['/files/a', '/files/b', '/files/deep/c', '/other']) {
        await lastValueFrom(guardedClient.get(path));
        jest.advanceTimersByTime(3_600_000);
      }
    } finally {
      jest.useRealTimers();
    }
    expect(headers()).toEqual([undefined, BASIC_ADA, BASIC_ADA, BASIC_ADA, undefined, BASIC_ADA]);
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
});
