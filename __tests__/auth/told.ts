import type { Observable } from 'rxjs';
import { type TaskError, isTaskError } from '../../src/index.js';

/** What an Observable has told so far: its values, then `complete` or the code of its error. */
export interface Told {
  readonly values: unknown[];
  end: string | undefined;
  error: TaskError | undefined;
  leave(): void;
}

/** Subscribes and writes down. An error of no kind is thrown. */
export function tell(source: Observable<unknown>): Told {
  const told: Told = { values: [], end: undefined, error: undefined, leave: () => undefined };
  const subscription = source.subscribe({
    next: (value) => told.values.push(value),
    complete: () => (told.end = 'complete'),
    error: (error: unknown) => {
      told.error = isTaskError(error) ? error : undefined;
      told.end = told.error?.code ?? String(error);
    },
  });
  told.leave = () => subscription.unsubscribe();
  return told;
}
