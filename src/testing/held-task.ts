import { type Subscriber, filter } from 'rxjs';
import type { TaskRequest } from '../http/request.js';
import type { TaskEvent } from '../task/task-event.js';
import type { DataTaskPublisher } from '../task/task-handler.js';
import { answer } from './answer.js';
import { EndingStage } from './ending-stage.js';
import { type AnswerInit, type AnswerTiming, headOf } from './exchange-script.js';
import { requestText } from './request-pattern.js';

/**
 * One exchange in the hand of a test: it was sent and waits for what the test answers. Each attempt of a task is one of
 * its own.
 *
 * Answering twice, or after the client has left, throws.
 */
export class HeldTask {
  /** The request as it reached the factory, after all interceptors. */
  readonly request: TaskRequest;
  readonly #subscriber: Subscriber<TaskEvent>;
  #state: 'waiting' | 'answering' | 'completed' | 'failed' | 'cancelled' = 'waiting';
  #hasHead = false;

  /** @internal `onSent` hears of it before the client does, who may look for it at once. */
  constructor(
    request: TaskRequest,
    subscriber: Subscriber<TaskEvent>,
    onSent: (task: HeldTask) => void,
  ) {
    this.request = request;
    this.#subscriber = new EndingStage(subscriber, (how) => {
      this.#state = how;
    });
    subscriber.add(() => {
      if (!this.answered) this.#state = 'cancelled';
    });
    onSent(this);
    this.#subscriber.next({ type: 'sent', attempt: request.attempt });
  }

  /** Which attempt of its task this is, from 1. */
  get attempt(): number {
    return this.request.attempt;
  }

  /** Whether the client left before the end. */
  get cancelled(): boolean {
    return this.#state === 'cancelled';
  }

  /** Whether it has had its end: completed or failed. */
  get answered(): boolean {
    return this.#state === 'completed' || this.#state === 'failed';
  }

  /** How it reads in a message: method, URL, attempt, state. */
  get description(): string {
    return `${requestText(this.request)}, attempt ${String(this.attempt)}, ${this.#state}`;
  }

  /** Answers with a publisher: one of `answer`'s, or any. Its `sent` is left out: there was one. */
  respond(publisher: DataTaskPublisher): void {
    this.#check('respond');
    if (this.#state === 'answering')
      throw new Error(`There is an answer already: ${this.description}`);
    this.#state = 'answering';
    publisher.pipe(filter((event) => event.type !== 'sent')).subscribe(this.#subscriber);
  }

  /** Answers with a JSON body. */
  json(status: number, value: unknown, init?: AnswerInit): void {
    this.respond(answer.json(status, value, init));
  }

  /** Answers with a status and no body. */
  status(code: number, init?: AnswerInit): void {
    this.respond(answer.status(code, init));
  }

  /** Fails: with a network code such as `CONNECTION_RESET`, or any value. */
  fail(cause: unknown, timing?: AnswerTiming): void {
    this.#check('fail');
    answer
      .fail(cause, timing)
      .pipe(filter((event) => event.type !== 'sent'))
      .subscribe(this.#subscriber);
  }

  /** Reports upload progress in bytes, if somebody looks at progress. */
  upload(loaded: number, total?: number): void {
    this.#progress({ type: 'upload', loaded, total });
  }

  /** Reports download progress in bytes, if somebody looks at progress. */
  download(loaded: number, total?: number): void {
    this.#progress({ type: 'download', loaded, total });
  }

  /** Sends the head alone; `chunk` and `complete` (or `fail`) by hand follow. */
  head(status = 200, init: AnswerInit = {}): void {
    this.#check('head');
    this.#state = 'answering';
    this.#hasHead = true;
    this.#subscriber.next({ type: 'head', head: headOf(status, undefined, init) });
  }

  /** Sends a piece of the body, text as UTF-8, after the head of a 200 if there was none. */
  chunk(body: string | Uint8Array): void {
    if (!this.#hasHead) this.head();
    this.#check('chunk');
    this.#subscriber.next({
      type: 'chunk',
      bytes: typeof body === 'string' ? new TextEncoder().encode(body) : body,
    });
  }

  /** Ends the body. */
  complete(): void {
    this.#check('complete');
    this.#subscriber.complete();
  }

  #progress(event: TaskEvent): void {
    this.#check(event.type);
    if (this.request.progress) this.#subscriber.next(event);
  }

  #check(doing: string): void {
    if (this.cancelled || this.answered)
      throw new Error(`${doing}() comes too late: ${this.description}`);
  }
}
