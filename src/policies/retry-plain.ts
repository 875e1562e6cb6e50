import type { Observable, Subscriber } from 'rxjs';
import type { TaskError } from '../errors/task-error.js';
import { IDEMPOTENCY_KEY, IDEMPOTENT_METHODS } from './idempotency.js';
import { isTransient } from './retry-decision.js';
import { RetryRun, type RetrySettings } from './retry-run.js';

/**
 * A run over any Observable: what it knows of the request it learns from the errors. Once a value was emitted nothing
 * is asked again.
 */
export class PlainRetryRun<T> extends RetryRun<T> {
  readonly #source: Observable<T>;
  #committed = false;

  constructor(downstream: Subscriber<T>, settings: RetrySettings, source: Observable<T>) {
    super(downstream, settings);
    this.#source = source;
    settings.budget?.offer();
  }

  protected open(): Observable<T> {
    return this.#source;
  }

  look(): void {
    this.#committed = true;
  }

  protected stands(error: TaskError): boolean {
    return this.#committed || !isTransient(error, this.#repeatable(error), this.rules.statuses);
  }

  protected announce(): void {
    // There is no room for an event between values of any type.
  }

  /** No key can be added from here: an unsafe request is repeated only when it carried one by itself. */
  #repeatable({ request }: TaskError): boolean {
    if (request === undefined || !this.rules.repeats(request.method)) return false;
    return (
      IDEMPOTENT_METHODS.has(request.method) || Object.hasOwn(request.headers, IDEMPOTENCY_KEY)
    );
  }
}
