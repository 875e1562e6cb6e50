import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Observable, firstValueFrom, forkJoin } from 'rxjs';
import { authenticate, createClient, deadline } from 'coldwire';
import { loopback, type LoopbackServer } from '../support/loopback.js';
import { latch, type Latch } from '../support/latch.js';
import { handClock } from './hand-clock.js';
import { errorOf, outcomeOf } from './outcome.js';

const bearer = (header: string | undefined): string => (header ?? '').replace('Bearer ', '');

describe('a credential that is refused', () => {
  let server: LoopbackServer;
  let elsewhere: LoopbackServer;
  let good: string;
  let refreshes: number;
  let hold: Latch;
  beforeEach(async () => {
    good = 'token-1';
    refreshes = 0;
    hold = latch();
    hold.open();
    elsewhere = await loopback();
    server = await loopback(async (request) => {
      if (request.url === '/token') {
        refreshes++;
        await hold.opened;
        good = `token-${String(refreshes)}`;
        return { json: { token: good } };
      }
      if (request.url === '/late' && bearer(request.headers.authorization) !== good)
        await server.until(
          () =>
            refreshes > 0 &&
            server.requests
              .filter((seen) => seen.url === '/token')
              .every((seen) => seen.state === 'answered'),
        );
      return bearer(request.headers.authorization) === good ? { json: 'yes' } : { status: 401 };
    });
  });
  afterEach(() => Promise.all([server.stop(), elsewhere.stop()]));

  const auth = (): ReturnType<typeof authenticate> =>
    authenticate<string>({
      credential: 'stale',
      origins: [server.url],
      apply: (request, token) =>
        request.clone({ headers: request.headers.set('authorization', `Bearer ${token}`) }),
      refresh: () =>
        new Observable<string>((subscriber) =>
          createClient({ baseUrl: server.url })
            .post<{ token: string }>('/token')
            .subscribe({
              next: ({ token }) => {
                subscriber.next(token);
              },
              error: (error: unknown) => {
                subscriber.error(error);
              },
              complete: () => {
                subscriber.complete();
              },
            }),
        ),
    });

  it('by a hundred parallel answers is refreshed once, late ones included, and all hundred succeed', async () => {
    const client = createClient({ baseUrl: server.url, interceptors: [auth()] });
    const tasks = Array.from({ length: 100 }, (_, i) =>
      client.get(i % 10 === 0 ? '/late' : '/now'),
    );
    expect(await firstValueFrom(forkJoin(tasks))).toEqual(Array(100).fill('yes'));
    expect(refreshes).toBe(1);
  });

  it('again is refreshed again: one for each generation', async () => {
    const client = createClient({ baseUrl: server.url, interceptors: [auth()] });
    for (let generation = 1; generation <= 3; generation++) {
      await firstValueFrom(forkJoin(Array.from({ length: 20 }, () => client.get('/now'))));
      expect(refreshes).toBe(generation);
      good = 'revoked';
    }
  });

  it('is refreshed under the caller’s deadline', async () => {
    hold = latch();
    const clock = handClock();
    const client = createClient({
      baseUrl: server.url,
      scheduler: clock.scheduler,
      interceptors: [deadline(1_000), auth()],
    });
    const error = errorOf(client.get('/now'));
    await server.request(2);
    clock.advance(1_000);
    expect(await error).toMatchObject({ kind: 'timeout', phase: 'total' });
    hold.open();
  });

  it('goes to its origin alone', async () => {
    const client = createClient({ interceptors: [auth()] });
    await outcomeOf(client.get(`${elsewhere.url}/x`));
    await outcomeOf(client.get(`http://localhost:${String(server.port)}/now`));
    expect(elsewhere.requests[0]?.headers.authorization).toBeUndefined();
    expect(server.requests.at(-1)?.headers.authorization).toBeUndefined();
    expect(refreshes).toBe(0);
  });
});
