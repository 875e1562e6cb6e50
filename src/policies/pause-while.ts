import { Observable, type Subscriber, type Subscription, isObservable } from 'rxjs';
import { checkingInput } from '../errors/from-input.js';
import { taskError } from '../errors/task-error.js';
import { type ContextToken, contextToken } from '../http/context.js';
import { FlowGate, bothFlows } from '../http/flow.js';
import { invalid } from '../http/invalid-input.js';
import { checkDuration, checkOptionNames, ownOptions } from '../http/option-checks.js';
import type { TaskRequest } from '../http/request.js';
import { type Policy, policy } from '../task/policy.js';
import { schedulerFor } from '../task/surroundings.js';
import type { TaskEvent } from '../task/task-event.js';
import type { TaskHandler } from '../task/task-handler.js';
import { schedule } from '../task/wait.js';
import { WatchStage } from '../task/watch-stage.js';

/**
 * Whether what stands around the request can go on where a delivered stream broke off: set it where you resume, and a
 * long {@link pauseWhile} may let the connection go, with a `network` error of the code `PAUSED`.
 */
export const RESUMES: ContextToken<boolean> = contextToken('resumes', false);

/** How long a pause may hold a connection. */
export interface PauseOptions {
  /** After this long a paused task lets its connection go, where it can start or go on again. Default: never. */
  readonly graceMs?: number;
}

/**
 * Holds a task while `paused$` says `true`: nothing is sent yet, or the response is not read on and the server is held
 * back. Past `graceMs` it lets the connection go, and starts again at the end of the pause.
 *
 * What is let go: a request whose response nobody has seen yet, when its method is idempotent; and a stream whose
 * consumer resumes (an event source, a resumed download). Everything else is held as long as the pause lasts. An error
 * of `paused$` is the task's.
 * @throws TaskError `request` for a wrong option, naming it
 *
 * @example
 * client.get('/film').bytes.pipe(pauseWhile(offline$)).subscribe(sink);
 */
export function pauseWhile(paused$: Observable<boolean>, options: PauseOptions = {}): Policy {
  const graceMs = checkingInput(() => {
    if (!isObservable(paused$))
      throw invalid('pauseWhile.paused$', 'an Observable of true and false', paused$);
    checkOptionNames('pauseWhile', options, ['graceMs']);
    const { graceMs: given = Infinity } = ownOptions(options);
    return given === Infinity ? Infinity : checkDuration('pauseWhile.graceMs', given);
  });
  return policy({
    name: 'pauseWhile',
    intercept: (request, next) =>
      new Observable<TaskEvent>((subscriber) => {
        const pausing = new Pausing(request, next, subscriber, graceMs);
        subscriber.add(
          paused$.subscribe({
            next: (paused) => {
              pausing.set(paused);
            },
            error: (error: unknown) => {
              subscriber.error(error);
            },
          }),
        );
        pausing.begin();
      }),
  });
}

const IDEMPOTENT = /^(GET|HEAD|OPTIONS|PUT|DELETE|TRACE)$/;

class Pausing {
  readonly #request: TaskRequest;
  readonly #next: TaskHandler;
  readonly #subscriber: Subscriber<TaskEvent>;
  readonly #graceMs: number;
  readonly #gate = new FlowGate();
  #began = false;
  #committed = false;
  #running: Subscription | undefined;
  #grace: Subscription | undefined;
  #attempt: number;

  constructor(
    request: TaskRequest,
    next: TaskHandler,
    subscriber: Subscriber<TaskEvent>,
    graceMs: number,
  ) {
    this.#request = request;
    this.#next = next;
    this.#subscriber = subscriber;
    this.#graceMs = graceMs;
    this.#attempt = request.attempt;
    subscriber.add(() => this.#grace?.unsubscribe());
  }

  begin(): void {
    this.#began = true;
    if (!this.#gate.paused && !this.#subscriber.closed) this.#run();
  }

  set(paused: boolean): void {
    if (paused === this.#gate.paused) return;
    this.#gate.set(paused);
    this.#grace?.unsubscribe();
    this.#grace = undefined;
    if (!this.#began) return;
    if (!paused && this.#running === undefined) this.#run();
    else if (paused && this.#running !== undefined && this.#graceMs !== Infinity) {
      this.#grace = schedule(schedulerFor(this.#request, undefined), this.#graceMs, () => {
        this.#letGo();
      });
    }
  }

  #see(event: TaskEvent): void {
    if (event.type === 'sent') this.#attempt = event.attempt + 1;
    if (event.type === 'chunk' && this.#request.delivery === 'streamed') this.#committed = true;
  }

  #run(): void {
    const { flow } = this.#request;
    const gate = flow === undefined ? this.#gate : bothFlows(flow, this.#gate);
    const stage = new WatchStage(this.#subscriber, (event) => {
      this.#see(event);
    });
    this.#running = stage;
    this.#next(this.#request.clone({ flow: gate, attempt: this.#attempt })).subscribe(stage);
  }

  #letGo(): void {
    const { method, body, context } = this.#request;
    if (!this.#committed && IDEMPOTENT.test(method) && body?.replayable !== false) {
      this.#running?.unsubscribe();
      this.#running = undefined;
    } else if (context.get(RESUMES)) {
      const message = 'let go while paused';
      this.#subscriber.error(
        taskError('network', { sent: true }, { request: this.#request, code: 'PAUSED', message }),
      );
    }
  }
}
