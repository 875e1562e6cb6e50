/** Decided by the compiler: `tsc` is a step of `npm test`. jest only runs the lines. */
import { describe, it } from '@jest/globals';
import {
  type Interceptor,
  type Policy,
  type TaskEvent,
  type TaskHandler,
  type TaskRequest,
  createClient,
  deadline,
  policy,
  retryTransient,
} from 'coldwire';
import { answer } from 'coldwire/testing';
import { expectTypeOf } from 'expect-type';
import { type Observable, map, of } from 'rxjs';

interface User {
  readonly id: number;
  readonly name: string;
}

const own = policy({
  name: 'own',
  intercept: (request, next) => next(request),
  operate: (source) => source,
});
const client = createClient({ factory: { make: () => answer.json(200, { id: 1, name: 'Ada' }) } });
const user = client.get<User>('https://api.example.com/users/1');

describe('a policy, by its types', () => {
  it('keeps the element type in a pipe, also when it is kept in a constant', () => {
    const patient = retryTransient({ maxAttempts: 3 });
    expectTypeOf(user.pipe(patient, deadline(2_000))).toEqualTypeOf<Observable<User>>();
    expectTypeOf(
      user.pipe(
        patient,
        map(({ name }) => name),
      ),
    ).toEqualTypeOf<Observable<string>>();
    expectTypeOf(user.events.pipe(own)).toEqualTypeOf<Observable<TaskEvent>>();
    expectTypeOf(user.bytes.pipe(own)).toEqualTypeOf<Observable<Uint8Array>>();
  });

  it('keeps it behind an operator, too', () => {
    expectTypeOf(of(1, undefined).pipe(own)).toEqualTypeOf<Observable<number | undefined>>();
  });

  it('is an interceptor in the list of a client', () => {
    expectTypeOf<Policy>().toExtend<Interceptor>();
    createClient({ interceptors: [own, deadline(100), (request, next) => next(request)] });
    const applied = (request: TaskRequest, next: TaskHandler) => own(request, next);
    expectTypeOf(applied).returns.toEqualTypeOf<Observable<TaskEvent>>();
  });

  it('is nothing that takes a promise or a number', () => {
    // @ts-expect-error: neither a request nor an Observable
    const wrong = () => own(1);
    expectTypeOf(wrong).toBeFunction();
  });
});
