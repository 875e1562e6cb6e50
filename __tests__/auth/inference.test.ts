import { describe, expect, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { type Observable, BehaviorSubject, of } from 'rxjs';
import {
  type DataTask,
  type Policy,
  type TaskRequest,
  authenticate,
  bearer,
  createClient,
} from '../../src/index.js';

interface Session {
  readonly token: string;
  readonly expiresAtMs: number;
}

describe('the type of a credential', () => {
  it('is inferred from the first one, in every callback', () => {
    const auth = authenticate({
      credential: { token: 'a', expiresAtMs: 1 },
      apply: (request, session) => {
        expectTypeOf(request).toEqualTypeOf<TaskRequest>();
        expectTypeOf(session.expiresAtMs).toEqualTypeOf<number>();
        return bearer(request, session.token);
      },
      refresh: (session) => {
        expectTypeOf(session.token).toEqualTypeOf<string>();
        return of(session);
      },
      requiresRefresh: (session, nowMs) => session.expiresAtMs < nowMs,
      isFailure: (error, session) => error.kind === 'status' && session.token !== '',
    });
    expectTypeOf(auth).toEqualTypeOf<Policy>();
  });

  it('is that of credential$ without the null of nobody', () => {
    const session$ = new BehaviorSubject<Session | null>(null);
    const auth = authenticate({
      credential$: session$,
      identityOf: (session) => {
        expectTypeOf(session).toEqualTypeOf<Session>();
        return session.token;
      },
      apply: (request, session) => bearer(request, session.token),
    });
    expect(typeof auth).toBe('function');
  });

  it('is that of bearer where the credential is the token', () => {
    const auth = authenticate({ credential: 'token', apply: bearer });
    const task = createClient().get<number>('https://api.test/');
    expectTypeOf(task.pipe(auth)).toEqualTypeOf<Observable<number>>();
    expectTypeOf(task.with(auth)).toEqualTypeOf<DataTask<number>>();
  });

  it('must be what a refresh gives, from an Observable or a promise', () => {
    authenticate<Session>({
      apply: (request, session) => bearer(request, session.token),
      refresh: async () => Promise.resolve({ token: 'b', expiresAtMs: 2 }),
    });
    const wrong = () =>
      authenticate<Session>({
        apply: (request, session) => bearer(request, session.token),
        // @ts-expect-error a session is no string
        refresh: () => of('b'),
      });
    expect(typeof wrong).toBe('function');
  });
});
