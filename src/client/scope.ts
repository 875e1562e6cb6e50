import type { Subscriber } from 'rxjs';
import { taskError } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';
import type { Interceptor } from '../task/task-handler.js';
import type { Look } from '../task/task-view.js';

/** Ends together what was started together. */
export class Scope {
  readonly #ends = new Set<() => void>();
  #ended = false;

  /** Stands innermost: a slot that one task of the scope gives back must not let in another. */
  readonly guard: Interceptor = (request, next) => {
    if (this.#ended) throw aborted(request);
    return next(request);
  };

  /** Around all of a task: the policies of its pipe and a decoder that is still at work are ended, too. */
  around<T>(look: Look<T>): Look<T> {
    return {
      ...look,
      stage: (subscriber, request, gate) => {
        this.#enter(subscriber, request);
        return look.stage(subscriber, request, gate);
      },
    };
  }

  get ended(): boolean {
    return this.#ended;
  }

  end(): void {
    this.#ended = true;
    for (const end of [...this.#ends]) end();
  }

  #enter(subscriber: Subscriber<unknown>, request: TaskRequest): void {
    const end = (): void => {
      subscriber.error(aborted(request));
    };
    if (this.#ended) {
      end();
      return;
    }
    this.#ends.add(end);
    subscriber.add(() => this.#ends.delete(end));
  }
}

function aborted(request: TaskRequest): Error {
  const message = 'the scope of the client was ended';
  return taskError('aborted', { reason: message }, { request, code: 'SCOPE_ENDED', message });
}
