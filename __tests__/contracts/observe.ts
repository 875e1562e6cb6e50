/** Part of the contract that also runs in a browser: nothing of Node here. */
import { type Observable, Subscription } from 'rxjs';
import { type TaskError, type TaskEvent, isTaskError } from 'coldwire';

/** How an Observable went, in JSON. */
export interface Course {
  readonly values: unknown[];
  readonly ending: 'complete' | ErrorCourse;
}

/** The parts of an error that are the same on every publisher. */
export interface ErrorCourse {
  readonly kind: string;
  readonly code?: string;
  readonly sent?: boolean;
  readonly status?: number | undefined;
  readonly body?: string;
}

/** Subscribes and resolves at the end, whichever it is. */
export function courseOf(
  source: Observable<unknown>,
  show: (value: never) => unknown = (value) => value,
): Promise<Course> {
  return new Promise((resolve) => {
    const values: unknown[] = [];
    source.subscribe({
      next: (value) => values.push(show(value as never)),
      error: (error: unknown) => {
        resolve({ values, ending: errorCourse(error) });
      },
      complete: () => {
        resolve({ values, ending: 'complete' });
      },
    });
  });
}

function errorCourse(error: unknown): ErrorCourse {
  if (!isTaskError(error)) return { kind: `not a TaskError: ${String(error)}` };
  const told: TaskError = error;
  if (told.kind === 'network') return { kind: told.kind, code: told.code, sent: told.sent };
  if (told.kind === 'status')
    return {
      kind: told.kind,
      status: told.status,
      body: new TextDecoder().decode(told.response.body),
    };
  if (told.kind === 'decode') return { kind: told.kind, status: told.response?.status };
  return { kind: told.kind, code: told.code };
}

/** What is heard of a source, and of what after it was left. */
export function overheard(source: Observable<unknown>): {
  readonly heard: string[];
  readonly late: string[];
  readonly subscription: Subscription;
} {
  const heard: string[] = [];
  const late: string[] = [];
  // Made before it subscribes: a fake may say everything within `subscribe`.
  const subscription = new Subscription();
  const note = (what: string) => (): number => (subscription.closed ? late : heard).push(what);
  subscription.add(
    source.subscribe({ next: note('next'), error: note('error'), complete: note('complete') }),
  );
  return { heard, late, subscription };
}

/** Types of events in turn; a burst of one type is told once. */
export function eventTypes(events: readonly unknown[]): string[] {
  const types = events.map((event) => (event as TaskEvent).type);
  return types.filter((type, at) => type !== types[at - 1]);
}

export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
