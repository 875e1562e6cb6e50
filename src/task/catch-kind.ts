import {
  type Observable,
  type ObservableInput,
  type ObservedValueOf,
  type OperatorFunction,
  catchError,
  throwError,
} from 'rxjs';
import { invalid } from '../http/invalid-input.js';
import { checkFunction } from '../http/option-checks.js';
import { checkingInput } from '../errors/from-input.js';
import type { TaskErrorKind } from '../errors/kinds.js';
import { type TaskErrorOf, isTaskError } from '../errors/task-error.js';

const KINDS: readonly TaskErrorKind[] = [
  'request',
  'network',
  'timeout',
  'status',
  'redirect',
  'limit',
  'decode',
  'auth',
  'file',
  'aborted',
];

/**
 * Handles errors of these kinds, with their fields; every other error passes. The handler returns what to go on with,
 * or throws; `caught` is the source, to subscribe again.
 *
 * @example
 * client.get<User[]>('/users').pipe(catchKind(['timeout', 'network'], () => of<User[]>([])));
 * client.get<User>('/users/1').pipe(catchKind('status', (error) => (error.status === 404 ? of(null) : throwError(() => error))));
 */
export function catchKind<T, K extends TaskErrorKind, R extends ObservableInput<unknown>>(
  kinds: K | readonly K[],
  handler: (error: { [P in K]: TaskErrorOf<P> }[K], caught: Observable<T>) => R,
): OperatorFunction<T, T | ObservedValueOf<R>> {
  const wanted = checkingInput(() => {
    checkFunction('handler', handler);
    const list = [kinds].flat() as readonly TaskErrorKind[];
    for (const kind of list)
      if (!KINDS.includes(kind)) throw invalid('kinds', `of ${KINDS.join(', ')}`, kind);
    return new Set(list);
  });
  return catchError((error: unknown, caught: Observable<T>) => {
    if (isTaskError(error) && wanted.has(error.kind))
      return handler(error as { [P in K]: TaskErrorOf<P> }[K], caught);
    return throwError(() => error) as never;
  });
}
