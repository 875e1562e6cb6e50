import { describe, expect, it, jest } from '@jest/globals';
import { type Observable, lastValueFrom, of } from 'rxjs';
import {
  type TaskEvent,
  type TaskRequest,
  authenticate,
  bearer,
  createClient,
  isTaskError,
} from '../../src/index.js';
import { answerChallenges } from '../../src/challenges/answer-challenges.js';
import type { AuthScheme } from '../../src/challenges/auth-scheme.js';
import { bearerRefusal } from '../../src/challenges/bearer-refusal.js';
import type { ChallengeHandler } from '../../src/challenges/challenge-options.js';
import { answer } from '../../src/testing/index.js';
import { always, failure, guarded } from './guarded.js';

describe('basicScheme', () => {
  it.each([
    ['Aladdin', 'open sesame', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
    ['test', '123£', 'Basic dGVzdDoxMjPCow=='],
    // Decomposed, as some keyboards type it: sent composed.
    ['u', 'e\u0301', `Basic ${Buffer.from('u:\u00e9').toString('base64')}`],
    ['', '', 'Basic Og=='],
    ['a', 'x:y', `Basic ${btoa('a:x:y')}`],
  ])('writes the examples of RFC 7617 in UTF-8: %s %s (E16)', async (user, password, wanted) => {
    const { client, headers } = guarded(
      (header) => header !== undefined,
      'Basic realm="foo", charset="UTF-8"',
    );
    await lastValueFrom(
      client.with(answerChallenges({ onChallenge: always({ user, password }) })).get('/'),
    );
    expect(headers()[1]).toBe(wanted);
  });

  it.each([
    ['a\u0000b', 'x'],
    ['a', 'x\r\ny'],
    ['a', 'secret\u007f'],
  ])('refuses control characters without saying what was given: %j %j', async (user, password) => {
    const error = await failure(
      guarded()
        .client.with(answerChallenges({ onChallenge: always({ user, password }) }))
        .get('/'),
    );
    expect(isTaskError(error, 'request') && error.field).toBe('credential');
    expect(JSON.stringify(error)).not.toMatch(/secret/);
  });
});

const REFUSED: Readonly<Record<string, readonly [number, string]>> = {
  no_reason: [401, 'Bearer realm="api"'],
  invalid_token: [401, 'Bearer realm="api", error="invalid_token", error_description="expired"'],
  insufficient_scope: [403, 'Basic realm="x", Bearer error="insufficient_scope", scope="a b"'],
  invalid_request: [400, 'bearer ERROR=invalid_request'],
};

describe('a bearer token that is refused', () => {
  it.each(Object.entries(REFUSED))('says why: %s', async (reason, [status, challenge]) => {
    const make = (): Observable<TaskEvent> =>
      answer.status(status, { headers: { 'www-authenticate': challenge } });
    const error = await failure(createClient({ factory: { make } }).get('https://t/'));
    expect(isTaskError(error) && bearerRefusal(error)).toBe(reason);
  });

  it('says nothing where the answer is no refusal of one', async () => {
    for (const told of [answer.status(401), answer.status(500), answer.fail('CONNECTION_RESET')]) {
      const error = await failure(
        createClient({ factory: { make: () => told } }).get('https://t/'),
      );
      expect(isTaskError(error) && bearerRefusal(error)).toBeUndefined();
    }
  });

  it('for want of scope is not answered with a token of the same handler', async () => {
    const { client, requests } = guarded(
      () => false,
      'Bearer realm="api", error="insufficient_scope"',
    );
    const onChallenge = jest.fn<ChallengeHandler>(always({ token: 'abc' }));
    await failure(client.with(answerChallenges({ onChallenge })).get('/'));
    expect([requests.length, onChallenge.mock.calls.length]).toEqual([1, 0]);
  });

  it('is renewed when it is invalid, and not when its scope is too small', async () => {
    for (const [reason, refreshes] of [
      ['invalid_token', 1],
      ['insufficient_scope', 0],
    ] as const) {
      const refresh = jest.fn(() => of('fresh'));
      const make = ({ headers }: TaskRequest): Observable<TaskEvent> =>
        headers.get('authorization') === 'Bearer fresh'
          ? answer.json(200, 1)
          : answer.status(401, { headers: { 'www-authenticate': `Bearer error="${reason}"` } });
      const auth = authenticate({
        credential: 'old',
        apply: bearer,
        refresh,
        isFailure: (error) => bearerRefusal(error) === 'invalid_token',
      });
      const client = createClient({
        baseUrl: 'https://t',
        factory: { make },
        interceptors: [answerChallenges({ onChallenge: always(null) }), auth],
      });
      await failure(client.get('/'));
      expect([reason, refresh.mock.calls.length]).toEqual([reason, refreshes]);
    }
  });

  it('never was one: what cannot be a token is not sent', async () => {
    const { client, requests } = guarded(() => false, 'Bearer realm="api"');
    await failure(
      client.with(answerChallenges({ onChallenge: always({ token: 'a b\r\nX: y' }) })).get('/'),
    );
    expect(requests).toHaveLength(1);
  });
});

describe('a scheme of the user', () => {
  const shout: AuthScheme = {
    name: 'shout',
    strength: ({ params }) => (params['loud'] === 'very' ? 99 : undefined),
    begin: (_challenge, credential) =>
      'token' in credential
        ? { authorize: ({ method }) => `Shout ${method} ${credential.token.toUpperCase()}` }
        : undefined,
  };

  it('answers where it can, stronger than the others, and takes only credentials of its kind', async () => {
    const { client, headers } = guarded(
      (header) => header?.startsWith('Shout') === true,
      'Basic realm="r", Shout realm="r", loud=very',
    );
    const guardedClient = client.with(
      answerChallenges({ schemes: [shout], onChallenge: always({ token: 'hey' }) }),
    );
    await lastValueFrom(guardedClient.delete('/a'));
    expect(headers()).toEqual([undefined, 'Shout DELETE HEY']);
    const other = guarded(() => false, 'Shout realm="r", loud=very');
    await failure(
      other.client
        .with(
          answerChallenges({ schemes: [shout], onChallenge: always({ user: 'a', password: 'b' }) }),
        )
        .get('/'),
    );
    expect(other.requests).toHaveLength(1);
  });
});

describe('answerChallenges behind one request', () => {
  it('does what it does in a client', async () => {
    const { client, headers } = guarded();
    const credential = { user: 'ada', password: 'correct' };
    const answers = answerChallenges({ onChallenge: always(credential) });
    expect(await lastValueFrom(client.get('/a').pipe(answers))).toEqual({ path: '/a' });
    expect(headers()).toHaveLength(2);
  });
});
