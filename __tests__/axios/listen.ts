import type { Observable } from 'rxjs';
import { latch } from '../support/latch.js';

/** What was heard of a source, until it was left. */
export interface Heard {
  readonly notes: string[];
  readonly ended: Promise<void>;
  leave(): void;
}

/** Subscribes and notes what is heard. */
export function listen(source: Observable<unknown>): Heard {
  const notes: string[] = [];
  const { opened, open } = latch();
  const subscription = source.subscribe({
    next: () => notes.push('value'),
    error: () => {
      notes.push('error');
      open();
    },
    complete: () => {
      notes.push('complete');
      open();
    },
  });
  return { notes, ended: opened, leave: () => subscription.unsubscribe() };
}
