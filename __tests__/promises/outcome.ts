import type { Observable } from 'rxjs';
import { type TaskError, isTaskError } from 'coldwire';

/** Everything that an Observable said until its end. */
export interface Outcome<T> {
  readonly values: T[];
  readonly completed: boolean;
  /** What it failed with; `undefined` when it completed. */
  readonly error: unknown;
}

/** Subscribes, and resolves at the end, whichever it is. */
export function outcomeOf<T>(source: Observable<T>): Promise<Outcome<T>> {
  return new Promise((resolve) => {
    const values: T[] = [];
    source.subscribe({
      next: (value) => values.push(value),
      error: (error: unknown) => {
        resolve({ values, completed: false, error });
      },
      complete: () => {
        resolve({ values, completed: true, error: undefined });
      },
    });
  });
}

/** The error of the closed union that a source must end with, without having delivered a value. */
export async function errorOf(source: Observable<unknown>): Promise<TaskError> {
  const { values, completed, error } = await outcomeOf(source);
  if (completed) throw new Error(`it completed with ${JSON.stringify(values).slice(0, 200)}`);
  if (values.length > 0)
    throw new Error(`it delivered ${JSON.stringify(values).slice(0, 200)} before it failed`);
  if (!isTaskError(error)) throw error;
  return error;
}
