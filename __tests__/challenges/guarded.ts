import { type Observable, defer, lastValueFrom, of } from 'rxjs';
import { type Client, type TaskEvent, type TaskRequest, createClient } from '../../src/index.js';
import type { ChallengeHandler } from '../../src/challenges/challenge-options.js';
import type { Credential } from '../../src/challenges/credential.js';
import { parseChallenges } from '../../src/http/challenge.js';
import { answer } from '../../src/testing/index.js';

/** Somebody with a password. */
export const ADA: Credential = { user: 'ada', password: 'correct' };
/** What Basic makes of her. */
export const BASIC_ADA = 'Basic YWRhOmNvcnJlY3Q=';

/** A server that lets those in whose header it knows, and asks the others. */
export interface Guarded {
  readonly client: Client;
  readonly requests: readonly TaskRequest[];
  /** The `Authorization` of each request. */
  headers(): (string | undefined)[];
}

/** A server that wants Basic unless told otherwise. */
export function guarded(
  accept: (header: string | undefined, request: TaskRequest) => boolean = (header) =>
    header === BASIC_ADA,
  challenges:
    string | readonly string[] | ((request: TaskRequest) => string) = 'Basic realm="staff"',
): Guarded {
  const requests: TaskRequest[] = [];
  const make = (request: TaskRequest): Observable<TaskEvent> =>
    defer(() => {
      requests.push(request);
      const asks = typeof challenges === 'function' ? challenges(request) : challenges;
      return accept(request.headers.get('authorization'), request)
        ? answer.json(200, { path: new URL(request.url).pathname })
        : answer.status(401, { headers: { 'www-authenticate': asks as string } });
    });
  return {
    client: createClient({ baseUrl: 'https://t', factory: { make } }),
    requests,
    headers: () => requests.map((request) => request.headers.get('authorization')),
  };
}

/** The error of a task, or what it came to instead. */
export const failure = (source: Observable<unknown>): Promise<unknown> =>
  lastValueFrom(source, { defaultValue: undefined }).catch((cause: unknown) => cause);

/** Answers every question alike. */
export const always =
  (credential: Credential | null): ChallengeHandler =>
  () =>
    of(credential);

/** The parameters of a field value. */
export const params = (value: string | undefined): Record<string, string> => ({
  ...parseChallenges([value ?? ''])[0]?.params,
});
