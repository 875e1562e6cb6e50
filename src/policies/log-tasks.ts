import { Observable, type SchedulerLike, type Subscriber } from 'rxjs';
import { checkFunction, checkScheduler, readOptions } from '../http/option-checks.js';
import { redactUrl } from '../http/redact.js';
import type { TaskRequest } from '../http/request.js';
import { checkingInput } from '../errors/from-input.js';
import { type TaskError, isTaskError } from '../errors/task-error.js';
import { type Policy, policy } from '../task/policy.js';
import { Stage } from '../task/stage.js';
import { schedulerFor } from '../task/surroundings.js';
import type { TaskEvent } from '../task/task-event.js';

/** What became of a task, or of an attempt where the log stands to the right of a retry. Holds no secret. */
export interface LogEntry {
  /** How it ended: `ok`, `unsubscribed`, or the code of its error (`TIMEOUT_IDLE`); `BUG` for an error of no kind. */
  readonly outcome: string;
  readonly method: string;
  /** Redacted. */
  readonly url: string;
  /** The status of the answer, if there was one. */
  readonly status: number | undefined;
  /** Milliseconds by the scheduler's clock, waiting included. */
  readonly durationMs: number;
  /** How many attempts were sent. */
  readonly attempts: number;
  /** The number of the last attempt that was sent, from 1; 0 when nothing was. */
  readonly attempt: number;
  /** Bytes of the body that were received. */
  readonly receivedBytes: number;
  readonly error: TaskError | undefined;
}

/** How tasks are logged. */
export interface LogTasksOptions {
  /** Default the client's. */
  readonly scheduler?: SchedulerLike;
}

/**
 * Writes one line when a task ends, however it ends: to the left of a retry a line a task, to the right of it a line an
 * attempt. URLs are redacted; header fields and bodies are never written. What the sink throws is ignored: a log
 * changes no outcome.
 *
 * @example
 * createClient({ interceptors: [logTasks((line) => console.info(line)), retryTransient()] });
 * // GET https://api.example.com/users ok 200, 2 attempts, 412 ms, 1532 bytes
 */
export function logTasks(
  sink: (line: string, entry: LogEntry) => void,
  options: LogTasksOptions = {},
): Policy {
  const { scheduler } = checkingInput(() => {
    checkFunction('sink', sink);
    return readOptions('', options, { scheduler: checkScheduler });
  });
  const write = (entry: LogEntry): void => {
    try {
      sink(lineOf(entry), entry);
    } catch {
      // A log that fails must not fail what it tells of.
    }
  };
  return policy({
    name: 'logTasks',
    intercept: (request, next) =>
      new Observable((subscriber) => {
        if (!subscriber.closed)
          next(request).subscribe(
            new LogStage(subscriber, request, schedulerFor(request, scheduler), write),
          );
      }),
  });
}

class LogStage extends Stage<TaskEvent, TaskEvent> {
  readonly #request: TaskRequest;
  readonly #clock: SchedulerLike;
  readonly #write: (entry: LogEntry) => void;
  readonly #startedAtMs: number;
  #status: number | undefined;
  #attempts = 0;
  #attempt = 0;
  #receivedBytes = 0;
  #isTold = false;

  constructor(
    downstream: Subscriber<TaskEvent>,
    request: TaskRequest,
    clock: SchedulerLike,
    write: (entry: LogEntry) => void,
  ) {
    super(downstream);
    this.#request = request;
    this.#clock = clock;
    this.#write = write;
    this.#startedAtMs = clock.now();
  }

  protected onNext(event: TaskEvent): void {
    if (event.type === 'sent') this.#onSent(event.attempt);
    else if (event.type === 'head') this.#status = event.head.status;
    else if (event.type === 'chunk') this.#receivedBytes += event.bytes.byteLength;
    this.downstream.next(event);
  }

  protected override onComplete(): void {
    this.#tell('ok');
    this.downstream.complete();
  }

  protected override onError(error: unknown): void {
    const known = isTaskError(error) ? error : undefined;
    if (isTaskError(error, 'status')) {
      this.#status = error.status;
      this.#receivedBytes = error.response.body.byteLength;
    }
    this.#tell(known?.code ?? 'BUG', known);
    this.downstream.error(error);
  }

  override unsubscribe(): void {
    super.unsubscribe();
    this.#tell('unsubscribed');
  }

  /** A redirect's hop is sent in the same attempt. */
  #onSent(attempt: number): void {
    if (attempt !== this.#attempt) this.#attempts++;
    this.#attempt = attempt;
    this.#status = undefined;
    this.#receivedBytes = 0;
  }

  #tell(outcome: string, error?: TaskError): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#write({
      outcome,
      method: this.#request.method,
      url: redactUrl(this.#request.url),
      status: this.#status,
      durationMs: this.#clock.now() - this.#startedAtMs,
      attempts: this.#attempts,
      attempt: this.#attempt,
      receivedBytes: this.#receivedBytes,
      error,
    });
  }
}

function lineOf({
  outcome,
  method,
  url,
  status,
  attempts,
  durationMs,
  receivedBytes,
}: LogEntry): string {
  const answered =
    status === undefined || outcome === `STATUS_${String(status)}` ? '' : ` ${String(status)}`;
  const line = `${method} ${url} ${outcome}${answered}, ${counted(attempts, 'attempt')}, ${String(durationMs)} ms, ${counted(receivedBytes, 'byte')}`;
  // eslint-disable-next-line no-control-regex -- one line stays one line, whatever a URL or a code says
  return line.replace(/[\u0000-\u001f\u007f]/g, '?');
}

function counted(count: number, word: string): string {
  return `${String(count)} ${word}${count === 1 ? '' : 's'}`;
}
