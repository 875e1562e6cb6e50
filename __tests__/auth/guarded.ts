import type { TaskRequest } from '../../src/index.js';
import { type FakeFactory, answer, fakeFactory } from '../../src/testing/index.js';

export const BASE = 'https://api.test';

/** Answers at once: 200 with the token where it is good, 401 where it is not. */
export function guarded(isGood: (token: string | undefined) => boolean): FakeFactory {
  return fakeFactory((request) => {
    const token = tokenOf(request);
    return isGood(token) ? answer.json(200, token ?? null) : answer.status(401);
  });
}

/** The bearer token that a request carries. */
export function tokenOf(request: TaskRequest): string | undefined {
  return request.headers.get('authorization')?.replace('Bearer ', '');
}
