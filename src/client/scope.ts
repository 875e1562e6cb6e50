import { Observable } from 'rxjs';
import { taskError } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';
import type { Decoder } from '../decode/decoder.js';
import type { TaskEvent } from '../task/task-event.js';
import type { Interceptor } from '../task/task-handler.js';

/** Ends together what was started together. */
export class Scope {
  readonly #ends = new Set<() => void>();
  #ended = false;

  /** Stands outermost in the chain of a scoped client. */
  readonly interceptor: Interceptor = (request, next) =>
    new Observable<TaskEvent>((subscriber) => {
      const end = (): void => {
        subscriber.error(aborted(request));
      };
      if (this.#ended) {
        end();
        return;
      }
      this.#ends.add(end);
      subscriber.add(() => this.#ends.delete(end));
      next(request).subscribe(subscriber);
    });

  /** Stands innermost: a slot that one task of the scope gives back must not let in another. */
  readonly guard: Interceptor = (request, next) => {
    if (this.#ended) throw aborted(request);
    return next(request);
  };

  /** Around a decoder that may take its time: a value that is made after the end is none. */
  decoder<T>(decode: Decoder<T>): Decoder<T> {
    return (response) => {
      const value = decode(response);
      return value instanceof Promise ? value.then((late: T) => this.#stillOpen(late)) : value;
    };
  }

  get ended(): boolean {
    return this.#ended;
  }

  end(): void {
    this.#ended = true;
    for (const end of [...this.#ends]) end();
  }

  #stillOpen<T>(late: T): T {
    if (this.#ended) throw aborted();
    return late;
  }
}

function aborted(request?: TaskRequest): Error {
  const message = 'the scope of the client was ended';
  return taskError('aborted', { reason: message }, { request, code: 'SCOPE_ENDED', message });
}
