import type { Observable } from 'rxjs';
import { type TaskEvent, isTaskError } from '../../src/index.js';

/** Everything that an Observable says, as short text, in order: what two exchanges are compared by. */
export interface Told {
  readonly lines: string[];
  readonly unsubscribe: () => void;
}

/** Subscribes and writes down what is said, synchronously or later. */
export function tell(source: Observable<unknown>): Told {
  const lines: string[] = [];
  const subscription = source.subscribe({
    next: (value) => lines.push(textOf(value)),
    error: (error: unknown) =>
      lines.push(`error ${isTaskError(error) ? `${error.kind} ${error.code}` : String(error)}`),
    complete: () => lines.push('complete'),
  });
  return { lines, unsubscribe: () => subscription.unsubscribe() };
}

function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null || !('type' in value))
    return JSON.stringify(value);
  const event = value as TaskEvent;
  switch (event.type) {
    case 'sent':
      return `sent ${event.attempt}`;
    case 'head':
      return `head ${event.head.status}`;
    case 'chunk':
      return `chunk ${new TextDecoder().decode(event.bytes)}`;
    case 'upload':
    case 'download':
      return `${event.type} ${event.loaded}/${event.total ?? '?'}`;
    case 'redirecting':
      return `redirecting ${event.hop}`;
    case 'retrying':
      return `retrying ${event.attempt} after ${event.delayMs}`;
  }
}
