import { type EventSourceMessage, type EventSourceParser, createParser } from 'eventsource-parser';
import { Utf8Stream } from '../decode/utf8-stream.js';
import { taskError } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';
import { CommentFilter } from './comment-filter.js';
import { idsOfEvents, lastIdOf } from './ids-of-blocks.js';
import { knownFields } from './known-fields.js';

/** One event of a stream of server-sent events. */
export interface ServerSentEvent<Name extends string = string> {
  /** The event's name; `message` when the server gave none. */
  readonly event: Name;
  /** Its data lines, joined by LF. */
  readonly data: string;
  /** The last id that the server has sent up to this event, empty when it sent none: what a reconnect asks from. */
  readonly lastEventId: string;
}

/** What a parser tells besides events. */
export interface EventParserSink {
  event(event: ServerSentEvent): void;
  /** The server's wish for the pause before a reconnect, in milliseconds. */
  retry(delayMs: number): void;
}

/** Where a parser begins, and how far it goes. */
export interface EventParserStart {
  /** The longest event, in bytes. */
  readonly maxBytes: number;
  /** The id of the connection before. */
  readonly lastEventId?: string;
  /** What an error speaks of. */
  readonly request?: TaskRequest | undefined;
}

const encoder = new TextEncoder();
/** As many pieces of an open block are kept apart. */
const PIECES = 64;
/** More characters than a chunk mostly has are fed in portions: after one it is known whether there are lines that mean nothing. */
const MOST_AT_ONCE = 70_000;
const PORTION = 16_384;

/**
 * Reads text/event-stream (WHATWG HTML section 9.2.6) by way of `eventsource-parser`, and mends where that stops short
 * of the letter: an id outlives its event, an id without data counts too, and a CR at the end of a chunk ends its line
 * at once. The parser is fed whole blocks, up to the last blank line; what is left at the end is dropped.
 */
export class EventParser {
  readonly #utf8 = new Utf8Stream();
  readonly #comments = new CommentFilter();
  readonly #parser: EventSourceParser;
  readonly #sink: EventParserSink;
  readonly #maxBytes: number;
  readonly #request: TaskRequest | undefined;
  /** The block that has not ended yet. */
  #open: string[] = [];
  #openLength = 0;
  /** How many of its pieces are joined ones. */
  #joined = 0;
  /** How many pieces of the open block have been measured, and their bytes. */
  #measured = { pieces: 0, bytes: 0 };
  #afterReturn = false;
  #endsLine = false;
  /** The blocks that are being read, how many messages they had so far, and the ids in them where one had none. */
  #blocks = '';
  #before = '';
  #index = -1;
  #ids: readonly string[] | undefined;
  /** Bytes that came while an event was being handed on, which the parser cannot take then. */
  readonly #later: Uint8Array[] = [];
  #isReading = false;
  /** There was a line that means nothing. */
  #isOdd = false;
  /** The id that a reconnect asks from. An id whose block has not ended yet does not count. */
  lastEventId: string;

  constructor(sink: EventParserSink, { maxBytes, lastEventId = '', request }: EventParserStart) {
    this.#sink = sink;
    this.#maxBytes = maxBytes;
    this.#request = request;
    this.lastEventId = lastEventId;
    this.#parser = createParser({
      onEvent: (message) => {
        this.#onMessage(message);
      },
      onRetry: (delayMs) => {
        sink.retry(delayMs);
      },
      onError: () => {
        this.#isOdd = true;
      },
    });
    // It takes a byte order mark off that was decoded twice, where there is none any more.
    this.#parser.feed('\n');
  }

  /** Reads on and hands on each event whose block ends in these bytes. */
  push(bytes: Uint8Array): void {
    if (this.#isReading) {
      this.#later.push(bytes.slice());
      return;
    }
    this.#isReading = true;
    try {
      this.#read(bytes);
      for (let next = this.#later.shift(); next !== undefined; next = this.#later.shift())
        this.#read(next);
    } finally {
      this.#isReading = false;
    }
  }

  #read(bytes: Uint8Array): void {
    const normalized = this.#normalized(this.#utf8.decode(bytes));
    // Comments in whole blocks are the parser's: only what stays open has to be rid of them.
    const { isInside } = this.#comments;
    const text = isInside ? this.#comments.without(normalized) : normalized;
    if (text === '') return;
    let end = text.lastIndexOf('\n\n') + 2;
    if (end === 1) end = this.#endsLine && text.startsWith('\n') ? 1 : 0;
    if (end > 0) {
      this.#open.push(text.slice(0, end));
      const blocks = this.#open.join('');
      this.#open = [];
      this.#joined = 0;
      this.#openLength = 0;
      this.#endsLine = true;
      this.#measured = { pieces: 0, bytes: 0 };
      this.#feed(blocks);
    }
    const behind = end === 0 ? text : text.slice(end);
    const rest = isInside ? behind : this.#comments.without(behind, end > 0);
    if (rest === '') return;
    if (this.#open.length - this.#joined === PIECES) this.#join();
    this.#open.push(rest);
    this.#openLength += rest.length;
    this.#endsLine = rest.endsWith('\n');
    if (this.#isOpenTooLong()) throw this.#tooLong();
  }

  /** The end: an event that is cut short is dropped, but a `retry` line before it holds. */
  finish(): void {
    const open = this.#open.join('');
    this.#open = [];
    this.#parse(open.slice(0, open.lastIndexOf('\n') + 1));
  }

  /** Makes one of the last pieces: the garbage collector moves small ones about while they wait. */
  #join(): void {
    this.#open.push(this.#open.splice(this.#joined).join(''));
    this.#joined += 1;
    // Either all were measured or none.
    if (this.#measured.pieces > 0) this.#measured.pieces = this.#joined;
  }

  #feed(blocks: string): void {
    this.#blocks = blocks;
    this.#before = this.lastEventId;
    this.#index = -1;
    this.#ids = undefined;
    this.#parse(blocks);
    this.lastEventId = lastIdOf(blocks) ?? this.lastEventId;
  }

  /** Portion by portion: the parser makes an error of each line that means nothing, which costs more than all else. */
  #parse(text: string): void {
    if (text.length <= MOST_AT_ONCE) {
      this.#parser.feed(this.#isOdd ? knownFields(text) : text);
      return;
    }
    for (let at = 0; at < text.length;) {
      const end = text.indexOf('\n', at + PORTION) + 1 || text.length;
      const portion = text.slice(at, end);
      this.#parser.feed(this.#isOdd ? knownFields(portion) : portion);
      at = end;
    }
  }

  #onMessage({ id, event = 'message', data }: EventSourceMessage): void {
    this.#index += 1;
    // A character is three bytes at most, so most need not be measured.
    if (data.length * 3 > this.#maxBytes && encoder.encode(data).byteLength > this.#maxBytes)
      throw this.#tooLong();
    const lastEventId = id ?? this.#idInForce();
    this.lastEventId = lastEventId;
    this.#sink.event({ event, data, lastEventId });
  }

  /** The id of an event that has none of its own; a block without data, for which there is no message, may have set it. */
  #idInForce(): string {
    this.#ids ??= idsOfEvents(this.#blocks, this.#before);
    return this.#ids[this.#index] ?? this.#before;
  }
  /** Each piece is measured once, and only where it could matter. */
  #isOpenTooLong(): boolean {
    if (this.#openLength * 3 <= this.#maxBytes) return false;
    const measured = this.#measured;
    for (; measured.pieces < this.#open.length; measured.pieces++) {
      measured.bytes += encoder.encode(this.#open[measured.pieces]).byteLength;
    }
    return measured.bytes > this.#maxBytes;
  }

  /** Every line end as LF; a CR ends its line at once, so an LF at the start of the next chunk belongs to it. */
  #normalized(text: string): string {
    let result = text;
    if (this.#afterReturn && result !== '') {
      this.#afterReturn = false;
      if (result.startsWith('\n')) result = result.slice(1);
    }
    if (!result.includes('\r')) return result;
    this.#afterReturn = result.endsWith('\r');
    return result.replace(/\r\n?/g, '\n');
  }

  #tooLong(): Error {
    const maxBytes = this.#maxBytes;
    const message = `an event is longer than ${String(maxBytes)} bytes`;
    return taskError(
      'limit',
      { which: 'event', maxBytes },
      { request: this.#request, code: 'LIMIT_EVENT', message },
    );
  }
}
