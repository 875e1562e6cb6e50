import type { OperatorFunction, Subscriber } from 'rxjs';
import { staged } from '../decode/staged.js';
import { checkingInput } from '../errors/from-input.js';
import { checkCount, checkOptionNames, ownOptions } from '../http/option-checks.js';
import { Stage } from '../task/stage.js';
import type { Interceptor } from '../task/task-handler.js';
import { type TaskView, isTaskView } from '../task/task-view.js';
import { EventParser, type EventParserStart, type ServerSentEvent } from './event-parser.js';

/** Bounds of an event. */
export interface EventOptions {
  /** The longest event, in bytes. Default 1 MB; `Infinity` for none. Longer ones are a `limit` error. */
  readonly maxBytes?: number;
}

/**
 * Reads bytes as server-sent events (WHATWG HTML section 9.2.6): a byte order mark, comments, several data lines, ids,
 * LF, CR and CRLF, cut anywhere. An event that the end cuts short is dropped. It does not reconnect: `eventSource` does.
 *
 * Right behind `task.bytes` it asks for `text/event-stream` unless the request has an `Accept` of its own, and a slow
 * consumer further down still holds the server back.
 * @throws TaskError `limit` (`which: 'event'`) for an event beyond `maxBytes`
 *
 * @example
 * client.get('/feed').bytes.pipe(serverSentEvents()).subscribe(({ event, data }) => show(event, data));
 */
export function serverSentEvents(
  options: EventOptions = {},
): OperatorFunction<Uint8Array, ServerSentEvent> {
  const maxBytes = checkingInput(() => {
    checkOptionNames('serverSentEvents', options, ['maxBytes']);
    return checkCount(
      'serverSentEvents.maxBytes',
      ownOptions(options).maxBytes ?? 1_000_000,
      1,
      true,
    );
  });
  const read = staged<Uint8Array, ServerSentEvent>(
    (subscriber, request) => new EventStage(subscriber, { maxBytes, request }),
  );
  return (source) =>
    read(isTaskView(source) ? (source as TaskView<Uint8Array>).with(askForEvents) : source);
}

const askForEvents: Interceptor = (request, next) =>
  next(
    request.headers.has('accept')
      ? request
      : request.clone({ headers: request.headers.set('accept', 'text/event-stream') }),
  );

class EventStage extends Stage<Uint8Array, ServerSentEvent> {
  readonly #parser: EventParser;

  constructor(downstream: Subscriber<ServerSentEvent>, start: EventParserStart) {
    super(downstream);
    const event = (value: ServerSentEvent): void => {
      downstream.next(value);
    };
    this.#parser = new EventParser({ event, retry: nothing }, start);
  }

  protected onNext(bytes: Uint8Array): void {
    this.#parser.push(bytes);
  }
}

function nothing(): void {
  // A stream that is read once has no use for the server's pause.
}
