import type { Subscriber } from 'rxjs';
import type { TaskRequest } from '../http/request.js';
import { originOf } from '../http/url.js';
import { fromInput } from '../errors/from-input.js';
import { type TaskError, isTaskError, taskError, withPrevious } from '../errors/task-error.js';
import { Stage, lastOf } from '../task/stage.js';
import { schedulerFor } from '../task/surroundings.js';
import type { TaskEvent } from '../task/task-event.js';
import type { TaskHandler } from '../task/task-handler.js';
import type { AuthenticateRules } from './authenticate-options.js';
import type { CredentialState, FencedTask } from './credential-state.js';
import type { Generation, Refusal, Waiter } from './generation.js';
import { withCredential } from './with-credential.js';

/**
 * One request on its way with a credential. It is replayed at most twice, and asks for at most one refresh: what two
 * credentials in a row could not do, a third will not.
 */
export class AuthenticatedTask<C> implements FencedTask, Waiter {
  /** The highest attempt that was sent. */
  attempt: number;
  readonly #rules: AuthenticateRules<C>;
  readonly #state: CredentialState<C>;
  readonly #request: TaskRequest;
  readonly #next: TaskHandler;
  readonly #subscriber: Subscriber<TaskEvent>;
  /** Who hears that the identity has changed. */
  #told: Subscriber<unknown>;
  #stage: Stage<TaskEvent, TaskEvent> | undefined;
  #leave: (() => void) | undefined;
  #refused: readonly TaskError[] = [];
  #isOvertaken = false;
  #isRefreshed = false;
  #isStopped = false;

  constructor(
    rules: AuthenticateRules<C>,
    state: CredentialState<C>,
    request: TaskRequest,
    next: TaskHandler,
    subscriber: Subscriber<TaskEvent>,
  ) {
    this.#rules = rules;
    this.#state = state;
    this.#request = request;
    this.#next = next;
    this.#subscriber = subscriber;
    this.#told = subscriber;
    this.attempt = request.attempt - 1;
  }

  begin(): void {
    if (this.#hasLeft()) return;
    const { current } = this.#state;
    if (current === undefined) this.#state.whenKnown(this);
    else if (current === null) {
      // What nobody asks for is nobody's: no change of identity ends it.
      this.#state.exit(this);
      this.#next(this.#request).subscribe(this.#subscriber);
    } else {
      try {
        if (this.#isWorthWaiting(current)) this.#renew(current);
        else this.#send(current);
      } catch (cause) {
        this.#subscriber.error(fromInput(cause, this.#request));
      }
    }
  }

  /** What to do about a failure of the exchange that carried this generation. */
  recover(error: unknown, generation: Generation<C>, mayBeOurs: boolean): void {
    try {
      if (
        mayBeOurs &&
        isTaskError(error) &&
        this.#rules.isFailure(error, generation.credential) &&
        this.#replay(error, generation)
      )
        return;
    } catch (bug) {
      this.#subscriber.error(bug);
      return;
    }
    this.#subscriber.error(
      isTaskError(error) ? withPrevious(error, [...this.#refused, ...error.previous]) : error,
    );
  }

  proceed(): void {
    this.begin();
  }

  refuse({ code, message, cause }: Refusal): void {
    this.#subscriber.error(
      taskError(
        'auth',
        {},
        { request: this.#request, code, message, cause, previous: this.#refused },
      ),
    );
  }

  stop(): void {
    this.#isStopped = true;
    this.#stage?.unsubscribe();
    this.#leave?.();
  }

  /** The exchange is complete; what a decoder is still at work on is the identity's, too. */
  linger(): void {
    const last = this.#state.canChange ? lastOf(this.#subscriber) : undefined;
    if (last?.closed !== false) return;
    this.#told = last;
    if (this.#isStopped) {
      this.end();
      return;
    }
    this.#state.enter(this);
    last.add(() => {
      this.#state.exit(this);
    });
  }

  end(): void {
    if (this.#rules.onIdentityChange === 'silence') {
      // All the way down: a slot or a timer that a policy to the left holds is given back.
      lastOf(this.#subscriber).unsubscribe();
      return;
    }
    const message = 'the identity that the request was for has changed';
    this.#told.error(
      taskError(
        'aborted',
        { reason: message },
        { request: this.#request, code: 'IDENTITY_CHANGED', message },
      ),
    );
  }

  fail(cause: unknown): void {
    const message = 'there is no telling whose request it is: credential$ failed';
    this.#told.error(
      taskError(
        'auth',
        {},
        { request: this.#request, code: 'AUTH_CREDENTIAL_FAILED', message, cause },
      ),
    );
  }

  /** The user's own code may log out or unsubscribe at any call. */
  #hasLeft(): boolean {
    return this.#isStopped || this.#subscriber.closed;
  }

  #isWorthWaiting({ credential }: Generation<C>): boolean {
    const { refresh, requiresRefresh, scheduler } = this.#rules;
    if (refresh === undefined || this.#isRefreshed) return false;
    return (
      this.#state.refresh.running ||
      requiresRefresh?.(credential, schedulerFor(this.#request, scheduler).now()) === true
    );
  }

  #send(generation: Generation<C>): void {
    const request =
      this.#refused.length === 0
        ? this.#request
        : this.#request.clone({ attempt: this.attempt + 1 });
    const applied = withCredential(request, this.#rules.apply(request, generation.credential));
    if (this.#hasLeft()) return;
    const stage = new AttemptStage(this.#subscriber, this, generation, request);
    this.#stage = stage;
    this.#next(applied).subscribe(stage);
  }

  #replay(error: TaskError, generation: Generation<C>): boolean {
    if (this.#request.body?.replayable === false) return false;
    const { current } = this.#state;
    if (current !== generation) {
      if (!this.#isOvertaken) this.#isOvertaken = true;
      else if (!this.#isRefreshed) this.#isRefreshed = true;
      else return false;
      this.#refused = [...this.#refused, ...error.previous, error];
      this.begin();
      return true;
    }
    if (this.#isRefreshed || this.#rules.refresh === undefined) return false;
    this.#refused = [...this.#refused, ...error.previous, error];
    this.#renew(generation);
    return true;
  }

  #renew(generation: Generation<C>): void {
    this.#isRefreshed = true;
    const leave = this.#state.refresh.join(
      generation,
      schedulerFor(this.#request, this.#rules.scheduler),
      this,
    );
    this.#leave = leave;
    this.#subscriber.add(leave);
  }
}

/** One exchange with one credential. */
class AttemptStage<C> extends Stage<TaskEvent, TaskEvent> {
  readonly #task: AuthenticatedTask<C>;
  readonly #generation: Generation<C>;
  readonly #request: TaskRequest;
  /** Whether the credential has nothing to do with a refusal any more: the body flows, or a redirect led away from home. */
  #isBeyond = false;

  constructor(
    downstream: Subscriber<TaskEvent>,
    task: AuthenticatedTask<C>,
    generation: Generation<C>,
    request: TaskRequest,
  ) {
    super(downstream);
    this.#task = task;
    this.#generation = generation;
    this.#request = request;
  }

  protected onNext(event: TaskEvent): void {
    if (event.type === 'sent') this.#onSent(event.attempt);
    else if (event.type === 'chunk') this.#isBeyond = true;
    else if (event.type === 'redirecting' && originOf(event.url) !== originOf(this.#request.url))
      this.#isBeyond = true;
    this.downstream.next(event);
  }

  protected override onComplete(): void {
    this.downstream.complete();
    this.#task.linger();
  }

  protected override onError(error: unknown): void {
    // What held the old exchange (a slot, a socket) is given back before the new one asks for it.
    this.unsubscribe();
    this.#task.recover(error, this.#generation, !this.#isBeyond);
  }

  #onSent(attempt: number): void {
    if (attempt <= this.#task.attempt) return;
    this.#task.attempt = attempt;
    this.#isBeyond = false;
  }
}
