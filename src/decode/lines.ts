import type { OperatorFunction, Subscriber } from 'rxjs';
import { checkingInput } from '../errors/from-input.js';
import { checkCount, checkOptionNames, ownOptions } from '../http/option-checks.js';
import { Stage } from '../task/stage.js';
import { LineSplitter } from './line-splitter.js';
import { staged } from './staged.js';

/** Bounds of a line. */
export interface LineOptions {
  /** The longest line, in bytes without its end. Default 1 MB; `Infinity` for none. Longer ones are a `limit` error. */
  readonly maxBytes?: number;
}

/** The bound on a line in bytes, checked; `operator` is whose option it is. */
export function maxLineBytes(operator: string, given: LineOptions): number {
  return checkingInput(() => {
    checkOptionNames(operator, given, ['maxBytes']);
    return checkCount(`${operator}.maxBytes`, ownOptions(given).maxBytes ?? 1_000_000, 1, true);
  });
}

/**
 * Cuts bytes into lines of text: UTF-8, ended by LF, CR or CRLF, whatever the chunks; a last line without an end is
 * delivered too. A byte order mark at the very start is taken off.
 *
 * Behind `task.bytes` a slow consumer further down still holds the server back.
 * @throws TaskError `limit` (`which: 'line'`) for a line beyond `maxBytes`
 *
 * @example
 * client.get('/log').bytes.pipe(lines()).subscribe((line) => print(line));
 */
export function lines(options: LineOptions = {}): OperatorFunction<Uint8Array, string> {
  return cutLines(maxLineBytes('lines', options));
}

/** `lines()` with a bound that is known to be one. */
export function cutLines(maxBytes: number): OperatorFunction<Uint8Array, string> {
  return staged<Uint8Array, string>(
    (subscriber, request) => new LineStage(subscriber, new LineSplitter(maxBytes, request)),
  );
}

class LineStage extends Stage<Uint8Array, string> {
  readonly #splitter: LineSplitter;
  readonly #emit: (line: string) => void;

  constructor(downstream: Subscriber<string>, splitter: LineSplitter) {
    super(downstream);
    this.#splitter = splitter;
    this.#emit = (line) => {
      downstream.next(line);
    };
  }

  protected onNext(bytes: Uint8Array): void {
    this.#splitter.push(bytes, this.#emit);
  }

  protected override onComplete(): void {
    this.#splitter.finish(this.#emit);
    this.downstream.complete();
  }
}
