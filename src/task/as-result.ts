import { type OperatorFunction, Observable } from 'rxjs';
import { type TaskError, isTaskError } from '../errors/task-error.js';
import { Stage } from './stage.js';

/** What became of a task, as a value. */
export type TaskResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: TaskError };

/**
 * Makes values of failures: never fails with a `TaskError`. Whatever else is thrown is a bug and passes through.
 *
 * @example
 * client.get<User>('/users/1').pipe(asResult()).subscribe((result) => (result.ok ? show(result.value) : explain(result.error)));
 */
export function asResult<T>(): OperatorFunction<T, TaskResult<T>> {
  return (source) => new Observable((subscriber) => source.subscribe(new ResultStage(subscriber)));
}

class ResultStage<T> extends Stage<T, TaskResult<T>> {
  protected onNext(value: T): void {
    this.downstream.next({ ok: true, value });
  }

  protected override onError(error: unknown): void {
    if (!isTaskError(error)) {
      this.downstream.error(error);
      return;
    }
    this.downstream.next({ ok: false, error });
    this.downstream.complete();
  }
}
