import { describe, expect, it } from '@jest/globals';
import { Subject, firstValueFrom, forkJoin, of, throwError, toArray } from 'rxjs';
import {
  AUTH,
  type TaskError,
  type TaskRequest,
  authenticate,
  bearer,
  createClient,
  isTaskError,
} from '../../src/index.js';
import { answer, createTestController, fakeFactory } from '../../src/testing/index.js';

const BASE = 'https://api.test';

/** Answers 200 with the token for the good one, 401 for any other. */
function guarded(isGood: (token: string | undefined) => boolean) {
  return fakeFactory((request: TaskRequest) => {
    const token = request.headers.get('authorization')?.replace('Bearer ', '');
    return isGood(token) ? answer.json(200, token) : answer.status(401);
  });
}

function failureOf(run: (observer: { error: (error: unknown) => void }) => void): TaskError {
  let caught: unknown;
  run({ error: (error) => (caught = error) });
  if (!isTaskError(caught)) throw new Error('no TaskError', { cause: caught });
  return caught;
}

describe('a credential that is refused', () => {
  it('is refreshed once for N parallel 401s, and all N succeed', async () => {
    const controller = createTestController();
    const renewed = new Subject<string>();
    let refreshes = 0;
    const client = createClient({
      baseUrl: BASE,
      factory: controller.factory,
      interceptors: [
        authenticate({
          credential: 'old',
          apply: bearer,
          refresh: () => (refreshes++, renewed),
        }),
      ],
    });
    const all = firstValueFrom(forkJoin(Array.from({ length: 20 }, (_, n) => client.get(`/${n}`))));
    const first = controller.match(() => true);
    expect(first.map((task) => task.request.headers.get('authorization'))).toEqual(
      Array(20).fill('Bearer old'),
    );
    for (const task of first) task.status(401);
    expect(controller.match(() => true)).toHaveLength(0);
    renewed.next('new');
    for (const task of controller.match(() => true)) {
      expect([task.request.headers.get('authorization'), task.attempt]).toEqual(['Bearer new', 2]);
      task.json(200, task.request.url);
    }
    expect(await all).toEqual(Array.from({ length: 20 }, (_, n) => `${BASE}/${n}`));
    expect(refreshes).toBe(1);
  });

  it('is not refreshed again for a late 401 of the old one, which is sent again with the new', () => {
    const controller = createTestController();
    let refreshes = 0;
    const client = createClient({
      baseUrl: BASE,
      factory: controller.factory,
      interceptors: [
        authenticate({ credential: 'old', apply: bearer, refresh: () => of(`new${++refreshes}`) }),
      ],
    });
    const seen: unknown[] = [];
    client.get('/early').subscribe((value) => seen.push(value));
    client.get('/late').subscribe((value) => seen.push(value));
    const late = controller.expectOne('GET /late');
    controller.expectOne('GET /early').status(401);
    controller.expectOne('GET /early').json(200, 'early');
    late.status(401);
    const again = controller.expectOne('GET /late');
    expect(again.request.headers.get('authorization')).toBe('Bearer new1');
    again.json(200, 'late');
    expect([seen, refreshes]).toEqual([['early', 'late'], 1]);
  });

  it('fails all who wait once when the refresh fails, with the 401 in previous, and is not refreshed again', () => {
    const cause = new Error('gone');
    let refreshes = 0;
    const client = createClient({
      baseUrl: BASE,
      factory: guarded(() => false),
      interceptors: [
        authenticate({
          credential: 'old',
          apply: bearer,
          refresh: () => (refreshes++, throwError(() => cause)),
        }),
      ],
    });
    for (let n = 0; n < 3; n++) {
      const error = failureOf((observer) => client.get('/').subscribe(observer));
      expect([error.kind, error.code, error.cause]).toEqual(['auth', 'AUTH_REFRESH_FAILED', cause]);
      expect(error.previous.map(({ code }) => code)).toEqual(['STATUS_401']);
    }
    expect(refreshes).toBe(1);
  });

  it('shows each exchange as a sent event with its own attempt (E5)', async () => {
    const client = createClient({
      baseUrl: BASE,
      factory: guarded((token) => token === 'new'),
      interceptors: [authenticate({ credential: 'old', apply: bearer, refresh: () => of('new') })],
    });
    const events = await firstValueFrom(client.get('/').events.pipe(toArray()));
    expect(events.map((event) => ('attempt' in event ? `${event.type} ${event.attempt}` : event.type))).toEqual(['sent 1', 'sent 2', 'head', 'chunk']);
    expect(await firstValueFrom(client.get('/'))).toBe('new');
  });
});

describe('a request of its own will', () => {
  it('keeps an Authorization of its own, and is not refreshed for (E9)', () => {
    const fake = guarded(() => false);
    let refreshes = 0;
    const client = createClient({
      baseUrl: BASE,
      factory: fake,
      interceptors: [authenticate({ credential: 'old', apply: bearer, refresh: () => of(`${++refreshes}`) })],
    });
    const error = failureOf((observer) => client.get('/', { headers: { Authorization: 'Bearer mine' } }).subscribe(observer));
    const other = failureOf((observer) => client.get('/', { context: [AUTH.of(false)] }).subscribe(observer));
    expect([error.code, other.code, refreshes]).toEqual(['STATUS_401', 'STATUS_401', 0]);
    expect(fake.exchanges.map(({ request }) => request.headers.get('authorization'))).toEqual(['Bearer mine', undefined]);
  });
});
