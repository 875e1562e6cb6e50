import { type Observable, isObservable } from 'rxjs';
import { type TaskRequest } from '../http/request.js';
import type { TaskEvent } from './task-event.js';
import type { Interceptor, TaskHandler } from './task-handler.js';
import { isTaskView } from './task-view.js';

/**
 * One value with two faces: in a client's list it stands around every request, in a pipe around one.
 *
 * Right after a task (`client.get(…)`, `.response`, `.events`, `.bytes`) it knows the request and does just what it
 * does in the list. After an operator that hides the request it works as a plain operator, as far as it can.
 *
 * @example
 * const patient = retryTransient({ maxAttempts: 5 });
 * createClient({ interceptors: [patient] });
 * client.get<User>('/users/1').pipe(patient, map((user) => user.name));
 */
export interface Policy {
  <S extends TaskRequest | Observable<unknown>>(
    source: S,
    next?: TaskHandler,
  ): Observable<S extends Observable<infer T> ? T : TaskEvent>;
}

/** The two faces of a policy. */
export interface PolicyFaces {
  /** What stands in messages. */
  readonly name: string;
  /** With the request known. */
  readonly intercept: Interceptor;
  /** Without the request; a policy that has none throws a `TypeError` when such a pipe is built. */
  readonly operate?: <T>(source: Observable<T>) => Observable<T>;
}

/**
 * Makes a policy of your own from its two faces.
 *
 * @example
 * const tagged = policy({
 *   name: 'tagged',
 *   intercept: (request, next) => next(request.clone({ headers: request.headers.set('X-Tag', 'blue') })),
 * });
 */
export function policy(faces: PolicyFaces): Policy {
  const { name, intercept, operate } = faces;
  const both = (source: unknown, next?: TaskHandler): unknown => {
    if (next !== undefined) return intercept(source as TaskRequest, next);
    if (isTaskView(source)) return source.with(intercept);
    if (isObservable(source) && operate !== undefined) return operate(source);
    throw new TypeError(
      `${name} needs the request: put it right after the task, as in client.get(url).pipe(${name}(…), map(…)), or into the client's interceptors`,
    );
  };
  return Object.defineProperty(both, 'name', { value: name }) as Policy;
}
