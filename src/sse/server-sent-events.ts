import type { OperatorFunction, Subscriber } from 'rxjs';
import { staged } from '../decode/staged.js';
import { checkingInput } from '../errors/from-input.js';
import { checkCount, checkOptionNames } from '../http/option-checks.js';
import { Stage } from '../task/stage.js';
import { EventParser, type ServerSentEvent } from './event-parser.js';

/** Bounds of an event. */
export interface EventOptions {
  /** The longest event, in characters. Default 1,000,000; `Infinity` for none. Longer ones are a `limit` error. */
  readonly maxBytes?: number;
}

/** The bound of an event, checked. */
export function maxEventBytes(options: EventOptions): number {
  return checkingInput(() => {
    checkOptionNames('serverSentEvents', options, ['maxBytes']);
    return checkCount('serverSentEvents.maxBytes', options.maxBytes ?? 1_000_000, 1, true);
  });
}

/**
 * Reads bytes as server-sent events (WHATWG HTML section 9.2.6): a byte order mark, comments, several data lines, ids,
 * LF, CR and CRLF, cut anywhere. An event that the end cuts short is dropped. It does not reconnect: `eventSource` does.
 * @throws TaskError `limit` (`which: 'event'`) for an event beyond `maxBytes`
 *
 * @example
 * client.get('/feed', { headers: { Accept: 'text/event-stream' } }).bytes.pipe(serverSentEvents());
 */
export function serverSentEvents(options: EventOptions = {}): OperatorFunction<Uint8Array, ServerSentEvent> {
  const maxBytes = maxEventBytes(options);
  return staged<Uint8Array, ServerSentEvent>((subscriber) => new EventStage(subscriber, maxBytes));
}

class EventStage extends Stage<Uint8Array, ServerSentEvent> {
  readonly #parser: EventParser;

  constructor(downstream: Subscriber<ServerSentEvent>, maxBytes: number) {
    super(downstream);
    const event = (value: ServerSentEvent): void => {
      downstream.next(value);
    };
    this.#parser = new EventParser({ event, retry: nothing }, maxBytes);
  }

  protected onNext(bytes: Uint8Array): void {
    this.#parser.push(bytes);
  }
}

function nothing(): void {
  // A stream that is read once has no use for the server's pause.
}
