import type { Observable, Subscription } from 'rxjs';
import { type TaskEvent, isTaskError } from '../../src/index.js';

/** What a subscriber hears, in short text: the pieces of one body as one, progress left out. */
export interface Course {
  readonly lines: string[];
  /** What was heard after unsubscribing. */
  readonly late: string[];
  readonly error: unknown;
  readonly over: Promise<void>;
  readonly subscription: Subscription;
}

/** Subscribes and listens. */
export function follow(
  source: Observable<unknown>,
  on: (line: string) => void = () => undefined,
): Course {
  const lines: string[] = [];
  const late: string[] = [];
  let failure: unknown;
  let finish!: () => void;
  const over = new Promise<void>((resolve) => (finish = resolve));
  let left = false;
  const hear = (line: string | undefined): void => {
    if (line === undefined) return;
    const list = left ? late : lines;
    const last = list.at(-1);
    if (line.startsWith('chunk ') && last?.startsWith('chunk ') === true)
      list[list.length - 1] = last + line.slice(6);
    else list.push(line);
    on(line);
  };
  const subscription = source.subscribe({
    next: (value) => hear(wordsOf(value)),
    error: (error: unknown) => {
      failure = error;
      hear(isTaskError(error) ? `error ${error.kind} ${error.code}` : `bug ${String(error)}`);
      finish();
    },
    complete: () => {
      hear('complete');
      finish();
    },
  });
  subscription.add(() => (left = true));
  return {
    lines,
    late,
    get error() {
      return failure;
    },
    over,
    subscription,
  };
}

/** What is heard up to the end. */
export async function courseOf(source: Observable<unknown>): Promise<string[]> {
  const { lines, over } = follow(source);
  await over;
  return lines;
}

/** The error at the end. */
export async function errorOf(source: Observable<unknown>): Promise<unknown> {
  const course = follow(source);
  await course.over;
  return course.error;
}

function wordsOf(value: unknown): string | undefined {
  if (value instanceof Uint8Array) return `chunk ${new TextDecoder().decode(value)}`;
  if (typeof value !== 'object' || value === null || !('type' in value))
    return `value ${JSON.stringify(value)}`;
  const event = value as TaskEvent;
  switch (event.type) {
    case 'sent':
      return `sent ${event.attempt}`;
    case 'head':
      return `head ${event.head.status}`;
    case 'chunk':
      return `chunk ${new TextDecoder().decode(event.bytes)}`;
    case 'retrying':
      return `retrying ${event.attempt} after ${event.delayMs} ms for ${event.cause.code}`;
    case 'redirecting':
      return `redirecting ${event.hop} for ${event.status}`;
    case 'upload':
    case 'download':
      return undefined;
  }
}
