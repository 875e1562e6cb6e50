import { Observable } from 'rxjs';
import type { NetworkCode } from '../errors/kinds.js';
import { taskError } from '../errors/task-error.js';
import type { TaskEvent } from '../task/task-event.js';
import type { DataTaskPublisher } from '../task/task-handler.js';
import { afterBody } from './after-body.js';
import { cutAfter } from './cut-after.js';
import { drip } from './drip.js';
import { type AnswerInit, type AnswerTiming, SENT, headOf, script } from './exchange-script.js';
import { inMarbles } from './marbles.js';

const NOTHING_SENT: readonly NetworkCode[] = [
  'CONNECTION_REFUSED',
  'DNS_FAILED',
  'TLS_FAILED',
  'UNREACHABLE',
];

function json(status: number, value: unknown, init?: AnswerInit): DataTaskPublisher {
  const written = JSON.stringify(value) as string | undefined;
  return whole(status, new TextEncoder().encode(written), 'application/json', init);
}

function text(status: number, body: string, init?: AnswerInit): DataTaskPublisher {
  return whole(status, new TextEncoder().encode(body), 'text/plain;charset=UTF-8', init);
}

function bytes(status: number, body: Uint8Array, init?: AnswerInit): DataTaskPublisher {
  return whole(status, body, 'application/octet-stream', init);
}

function status(code: number, init?: AnswerInit): DataTaskPublisher {
  return whole(code, new Uint8Array(), undefined, init);
}

function fail(cause: unknown, timing: AnswerTiming = {}): DataTaskPublisher {
  return script([], timing, () =>
    typeof cause === 'string' ? networkError(cause as NetworkCode) : cause,
  );
}

function hang(): DataTaskPublisher {
  return new Observable((subscriber) => {
    subscriber.next(SENT);
  });
}

/**
 * What a fake answers: each a cold publisher that keeps the grammar of an exchange, so that
 * `{ make: () => answer.json(200, body) }` is a complete factory.
 *
 * `sent` and everything else come synchronously within `subscribe` unless `delayMs` says otherwise. The client puts
 * the number of the attempt into `sent` and the request's URL into the head.
 *
 * @example
 * const client = createClient({ factory: { make: () => answer.json(200, { name: 'Ada' }) } });
 */
export const answer = {
  /** A response with a JSON body. */
  json,
  /** A response with a body of text. */
  text,
  /** A response with a body of bytes. */
  bytes,
  /** A response without a body. @example answer.status(503, { headers: { 'Retry-After': '60' } }) */
  status,
  /** Sent, then an error: a network code such as `CONNECTION_REFUSED`, or any value. */
  fail,
  /** Sent, then nothing, for ever. */
  hang,
  /** Another answer of which only the first bytes of the body arrive, then `BODY_TRUNCATED`. */
  cutAfter,
  /** Another answer, once the request's body was read as a server would. */
  afterBody,
  /** A 200 whose body comes chunk by chunk, each `everyMs` after the last; it ends with the last chunk. */
  drip,
  /** Events where a marble diagram has them: `answer.marbles('s-h-c-|')`. See {@link marbleEvents} for the letters. */
  marbles: inMarbles,
} as const;

function whole(
  code: number,
  body: Uint8Array,
  contentType: string | undefined,
  init: AnswerInit = {},
): DataTaskPublisher {
  const events: TaskEvent[] = [{ type: 'head', head: headOf(code, contentType, init) }];
  const { byteLength } = body;
  if (byteLength > 0) events.push({ type: 'chunk', bytes: body });
  if (init.progress === true)
    events.push({ type: 'download', loaded: byteLength, total: byteLength });
  return script(events, init);
}

function networkError(code: NetworkCode): Error {
  const sent = !NOTHING_SENT.includes(code);
  return taskError('network', { sent }, { code, message: 'failed, as the fake was told to' });
}
