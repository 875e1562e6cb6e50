import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Observable, BehaviorSubject, throwError } from 'rxjs';
import {
  type TaskRequest,
  authenticate,
  basic,
  bearer,
  createClient,
  logTasks,
  toCurl,
} from '../../src/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { BASE } from './guarded.js';
import { tell } from './told.js';

/** Tokens that stand out: nothing else in a text looks like them. */
const secret = fc
  .string({ unit: fc.constantFrom(...'QXZWKqxzwk7390-._~+/'), minLength: 8, maxLength: 40 })
  .map((text) => `s3${text}`);

function printed(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 4) return inspect(error, { depth: 8, showHidden: true });
  const previous = (error as { previous?: readonly unknown[] }).previous ?? [];
  return [
    error.message,
    error.stack,
    JSON.stringify(error),
    inspect(error, { depth: 8 }),
    inspect({ ...error, response: undefined, previous: undefined, cause: undefined }, { depth: 8 }),
    ...[error.cause, ...previous].map((inner) => printed(inner, depth + 1)),
  ].join('\n');
}

const failures: Readonly<Record<string, (token: string) => Observable<never>>> = {
  'an error that says it': (token) => throwError(() => new Error(`bad token ${token}`)),
  'an error that carries it': (token) =>
    throwError(() => Object.assign(new Error('no'), { config: { data: { token } } })),
  'an error whose cause says it': (token) =>
    throwError(() => new Error('no', { cause: new Error(`bad token ${token}`) })),
  'a text': (token) => throwError(() => `bad token ${token}`),
  'an answer that echoes it': (token) =>
    createClient({
      baseUrl: BASE,
      factory: { make: () => answer.text(400, `bad token ${token}`) },
    }).post(`/token/${token}`, { token }) as Observable<never>,
};

describe('a credential is told by no error, no log and no command line (L9)', () => {
  it.each(Object.entries(failures))('where a refresh fails with %s', (_how, refresh) => {
    fc.assert(
      fc.property(secret, secret, (token, renewal) => {
        const lines: string[] = [];
        const client = createClient({
          baseUrl: BASE,
          factory: { make: () => answer.text(401, `you sent ${token}`) },
          interceptors: [
            logTasks((line, entry) => lines.push(line, JSON.stringify(entry), inspect(entry))),
            authenticate({
              credential: { token, renewal },
              apply: (request) => bearer(request, token),
              refresh: () => refresh(renewal),
            }),
            logTasks((line, entry) => lines.push(line, JSON.stringify(entry), inspect(entry))),
          ],
        });
        const { error } = tell(client.get('/'));
        expect(error?.code).toBe('AUTH_REFRESH_FAILED');
        const text = [...lines, printed(error)].join('\n');
        expect(text).not.toContain(token);
        expect(text).not.toContain(renewal);
      }),
      { numRuns: 15 },
    );
  });

  it.each<[string, (request: TaskRequest, token: string) => TaskRequest]>([
    ['Authorization', bearer],
    [
      'a field whose name tells nothing',
      (request, token) => request.clone({ headers: request.headers.set('X-Plain', token) }),
    ],
    [
      'the query',
      (request, token) =>
        request.clone({ url: `${request.url}?access_token=${encodeURIComponent(token)}` }),
    ],
  ])('where it is put into %s', (_where, apply) => {
    fc.assert(
      fc.property(secret, (token) => {
        const sent: TaskRequest[] = [];
        const client = createClient({
          baseUrl: BASE,
          factory: fakeFactory((request) => {
            sent.push(request);
            return answer.text(401, `you sent ${token} to ${request.url}`);
          }),
          interceptors: [authenticate({ credential: token, apply })],
        });
        const { error } = tell(client.get('/'));
        expect(error?.code).toBe('STATUS_401');
        const text = [printed(error), ...sent.map((request) => toCurl(request))].join('\n');
        expect(text).not.toContain(token);
        expect(text).not.toContain(encodeURIComponent(token));
      }),
      { numRuns: 15 },
    );
  });

  it('where it is basic', () => {
    fc.assert(
      fc.property(secret, secret, (user, password) => {
        const sent: TaskRequest[] = [];
        const encoded = Buffer.from(`${user}:${password}`).toString('base64');
        const client = createClient({
          baseUrl: BASE,
          factory: fakeFactory((request) => {
            sent.push(request);
            return answer.text(401, `you sent ${encoded}`);
          }),
          interceptors: [basic(user, password)],
        });
        const { error } = tell(client.get('/'));
        const text = [printed(error), ...sent.map((request) => toCurl(request))].join('\n');
        expect(text).not.toContain(encoded);
        expect(text).not.toContain(password);
      }),
      { numRuns: 15 },
    );
  });

  it('where credential$ fails', () => {
    const session$ = new BehaviorSubject<string | null>('s3cr3t-token');
    const client = createClient({
      baseUrl: BASE,
      factory: { make: () => answer.hang() },
      interceptors: [authenticate({ credential$: session$, apply: bearer })],
    });
    const told = tell(client.get('/'));
    session$.error(new Error('cannot keep s3cr3t-token'));
    expect(told.end).toBe('AUTH_CREDENTIAL_FAILED');
    expect(printed(told.error)).not.toContain('s3cr3t-token');
  });
});
