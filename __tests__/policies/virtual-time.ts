import { expect } from '@jest/globals';
import type { Observable, Subscription } from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import { type TaskEvent, isTaskError } from '../../src/index.js';

/** Runs marbles against a clock of their own: minutes cost nothing, and what differs is shown as frames. */
export function inVirtualTime(
  body: (helpers: RunHelpers & { scheduler: TestScheduler }) => void,
): void {
  const scheduler = new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected);
  });
  scheduler.run((helpers) => {
    body({ ...helpers, scheduler });
  });
}

/** What a subscription said so far, in words: values, then `completed` or the code of the error. */
export interface Transcript {
  readonly lines: string[];
  readonly subscription: Subscription;
  /** The error, once there is one. */
  readonly error: unknown;
}

/** Subscribes and writes down what comes. */
export function transcribe(source: Observable<unknown>): Transcript {
  const lines: string[] = [];
  let failure: unknown;
  const subscription = source.subscribe({
    next: (value) => lines.push(wordsOf(value)),
    error: (error: unknown) => {
      failure = error;
      lines.push(isTaskError(error) ? `failed ${error.code}` : 'failed with a bug');
    },
    complete: () => lines.push('completed'),
  });
  return {
    lines,
    subscription,
    get error() {
      return failure;
    },
  };
}

function wordsOf(value: unknown): string {
  if (typeof value !== 'object' || value === null || !('type' in value))
    return JSON.stringify(value);
  const event = value as TaskEvent;
  switch (event.type) {
    case 'sent':
      return `sent ${event.attempt}`;
    case 'retrying':
      return `retrying ${event.attempt} in ${event.delayMs} after ${event.cause.code}`;
    case 'head':
      return `head ${event.head.status}`;
    case 'chunk':
      return `chunk ${new TextDecoder().decode(event.bytes)}`;
    default:
      return event.type;
  }
}
