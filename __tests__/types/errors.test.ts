/** Decided by the compiler: `tsc` is a step of `npm test`. jest only runs the lines. */
import { describe, it } from '@jest/globals';
import {
  type TaskError,
  type TaskErrorKind,
  type TaskErrorOf,
  type TaskResult,
  type TimeoutPhase,
  asResult,
  catchKind,
  createClient,
  isTaskError,
  taskError,
} from 'coldwire';
import { answer } from 'coldwire/testing';
import { expectTypeOf } from 'expect-type';
import { type Observable, of } from 'rxjs';

const client = createClient({ factory: { make: () => answer.json(200, 1) } });
const numbers = client.get<number>('https://api.example.com/x');

describe('an error, by its types', () => {
  it('belongs to a union that is closed', () => {
    expectTypeOf<TaskError['kind']>().toEqualTypeOf<
      | 'request'
      | 'network'
      | 'timeout'
      | 'status'
      | 'redirect'
      | 'limit'
      | 'decode'
      | 'auth'
      | 'file'
      | 'aborted'
    >();
    expectTypeOf<TaskErrorKind>().toEqualTypeOf<TaskError['kind']>();
    expectTypeOf<TaskError>().toExtend<Error>();
  });

  it('is told apart by kind, and has the fields of its kind', () => {
    const phaseOf = (error: unknown) =>
      isTaskError(error, 'timeout') ? error.phase : isTaskError(error) && error.kind;
    expectTypeOf(phaseOf).returns.toEqualTypeOf<TimeoutPhase | TaskErrorKind | false>();
    expectTypeOf(taskError('network', { sent: false })).toEqualTypeOf<TaskErrorOf<'network'>>();
    // @ts-expect-error: a timeout says which phase
    const wrong = () => taskError('timeout', { afterMs: 1 });
    expectTypeOf(wrong).toBeFunction();
  });

  it('C3 becomes a value by asResult', () => {
    expectTypeOf(numbers.pipe(asResult())).toEqualTypeOf<Observable<TaskResult<number>>>();
    expectTypeOf<TaskResult<number>>().toExtend<{ ok: boolean }>();
  });

  it('gets its type back in catchKind, and widens the stream by what the handler returns', () => {
    const calm = numbers.pipe(
      catchKind('status', (error) => {
        expectTypeOf(error).toEqualTypeOf<TaskErrorOf<'status'>>();
        return of(null);
      }),
    );
    expectTypeOf(calm).toEqualTypeOf<Observable<number | null>>();
    numbers.pipe(
      catchKind(['timeout', 'network'], (error) => {
        expectTypeOf(error).toEqualTypeOf<TaskErrorOf<'timeout'> | TaskErrorOf<'network'>>();
        return of(error.code);
      }),
    );
    // @ts-expect-error: there is no such kind
    const wrong = () => catchKind('http', () => of(1));
    expectTypeOf(wrong).toBeFunction();
  });
});
