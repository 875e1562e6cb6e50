import { describe, expect, it } from '@jest/globals';
import { Observable, concat, lastValueFrom } from 'rxjs';
import { type TaskEvent, type TaskRequest, createClient, isTaskError } from '../../src/index.js';
import { answerChallenges } from '../../src/challenges/answer-challenges.js';
import { answer } from '../../src/testing/index.js';
import { ADA, always, failure, guarded } from './guarded.js';

describe('a probe', () => {
  it('sends a large body once: behind a probe when nothing is known, at once when it is (E7, E15, E22)', async () => {
    for (const probe of ['HEAD', 'OPTIONS', 'GET'] as const) {
      const { client, requests } = guarded();
      const guardedClient = client.with(answerChallenges({ onChallenge: always(ADA), probe }));
      for (const path of ['/up/1', '/up/2'])
        await lastValueFrom(guardedClient.put(path, new Uint8Array(1000)));
      expect(requests.map(({ method, body }) => [method, body?.kind])).toEqual([
        [probe, undefined],
        [probe, undefined],
        ['PUT', 'bytes'],
        ['PUT', 'bytes'],
      ]);
    }
  });

  it('sends no body at all when the probe is refused', async () => {
    const { client, requests } = guarded();
    const error = await failure(client.with(answerChallenges({ probe: 'HEAD' })).put('/up', 'x'));
    expect([
      isTaskError(error, 'status') && error.status,
      requests.map(({ method }) => method),
    ]).toEqual([401, ['HEAD']]);
  });

  it('hands its answer on to the body, whatever is kept of it: the body goes out once (E7)', async () => {
    for (const [persistence, preemptive] of [
      ['none', true],
      ['session', false],
      ['none', false],
    ] as const) {
      const { client, requests } = guarded();
      const guardedClient = client.with(
        answerChallenges({
          onChallenge: always({ ...ADA, persistence }),
          probe: 'HEAD',
          preemptive,
        }),
      );
      await lastValueFrom(guardedClient.put('/up', 'x'));
      expect(requests.map(({ method }) => method)).toEqual(['HEAD', 'HEAD', 'PUT']);
    }
  });

  it('hands its answer on also where Digest says that it holds elsewhere (E7)', async () => {
    const { client, requests } = guarded(
      (header) => header?.startsWith('Digest') === true,
      'Digest realm="r", nonce="n", qop="auth", domain="/elsewhere"',
    );
    await lastValueFrom(
      client.with(answerChallenges({ onChallenge: always(ADA), probe: 'HEAD' })).put('/up', 'x'),
    );
    expect(requests.map(({ method }) => method)).toEqual(['HEAD', 'HEAD', 'PUT']);
    expect(
      requests.map(({ headers }) => /nc=(\d+)/.exec(headers.get('authorization') ?? '')?.[1]),
    ).toEqual([undefined, '00000001', '00000002']);
  });

  it('by GET reads no more than the head', async () => {
    let left = 0;
    const make = (request: TaskRequest): Observable<TaskEvent> =>
      request.method === 'GET'
        ? concat(answer.text(200, 'x'), new Observable<never>(() => () => (left += 1)))
        : answer.json(200, 1);
    const client = createClient({
      factory: { make },
      interceptors: [answerChallenges({ probe: 'GET' })],
    });
    expect([await lastValueFrom(client.put('http://t/', 'x')), left <= 1]).toEqual([1, true]);
  });
});
