import { type SchedulerLike, Observable, asyncScheduler } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import type { TaskEvent } from '../task/task-event.js';
import type { DataTaskPublisher } from '../task/task-handler.js';
import { schedule } from '../task/wait.js';
import { SENT, headOf } from './exchange-script.js';

/** What a letter of a diagram stands for: an event, a status (a head), or text or bytes (a chunk). */
export type MarbleValue = TaskEvent | number | string | Uint8Array;

/**
 * The letters of a diagram of task events, for RxJS's own `cold` and `hot`: `s` sent, `h` the head of a 200, `c` the
 * chunk `{}`, `u` upload and `d` download progress of one byte; your letters are added or laid over.
 *
 * @example
 * const exchange = cold('s-h-c-|', marbleEvents({ h: 201, c: '{"id":1}' }));
 * client.get('/').subscribe(); // over { make: () => exchange }
 * expectSubscriptions(exchange.subscriptions).toBe('^-----!');
 */
export function marbleEvents(
  values: Readonly<Record<string, MarbleValue>> = {},
): Record<string, TaskEvent> {
  const given = Object.entries(values).map(([letter, value]) => [letter, eventOf(value)] as const);
  return { ...USUAL, ...Object.fromEntries(given) };
}

/**
 * An exchange whose events come where a marble diagram has them, `|` completing and `#` breaking off with `error`.
 *
 * A frame is 1 ms inside `TestScheduler.run` and as long as RxJS's `frameTimeFactor` outside; `60s` in a diagram is a
 * minute in both.
 *
 * @example
 * answer.marbles('s 60s h c|', { c: '"late"' })
 */
export function inMarbles(
  diagram: string,
  values: Readonly<Record<string, MarbleValue>> = {},
  {
    error,
    scheduler = asyncScheduler,
  }: { readonly error?: unknown; readonly scheduler?: SchedulerLike } = {},
): DataTaskPublisher {
  const events = marbleEvents(values);
  const unknown = [...diagram.replace(/\d+(\.\d+)?(ms|s|m)(?= |$)/g, '')].find(
    (letter) => !/[-\s()|#]/.test(letter) && !Object.hasOwn(events, letter),
  );
  if (unknown !== undefined)
    throw new TypeError(`answer.marbles: no event for the letter ${unknown}`);
  return new Observable((subscriber) => {
    for (const { frame, notification } of TestScheduler.parseMarbles(
      diagram,
      events,
      error,
      false,
      true,
    )) {
      const step = (): void => {
        if (notification.kind === 'N') subscriber.next(notification.value as TaskEvent);
        else if (notification.kind === 'E') subscriber.error(notification.error);
        else subscriber.complete();
      };
      subscriber.add(schedule(scheduler, frame, step));
    }
  });
}

function eventOf(value: MarbleValue): TaskEvent {
  if (typeof value === 'number') return { type: 'head', head: headOf(value, undefined, {}) };
  if (typeof value === 'string') return { type: 'chunk', bytes: new TextEncoder().encode(value) };
  return value instanceof Uint8Array ? { type: 'chunk', bytes: value } : value;
}

const USUAL: Readonly<Record<string, TaskEvent>> = {
  s: SENT,
  u: { type: 'upload', loaded: 1, total: undefined },
  h: eventOf(200),
  d: { type: 'download', loaded: 1, total: undefined },
  c: eventOf('{}'),
};
