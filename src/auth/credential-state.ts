import { Subscription } from 'rxjs';
import { withoutSecrets } from '../errors/without-secrets.js';
import type { AuthenticateRules } from './authenticate-options.js';
import type { Generation } from './generation.js';
import { SingleRefresh } from './single-refresh.js';
import { secretsIn } from './secrets-in.js';

/** A task that belongs to whoever was logged in when it started. */
export interface FencedTask {
  /** Leaves what it is doing, silently. */
  stop(): void;
  /** Tells its subscriber that it has ended, if that is to be told. */
  end(): void;
  /** There is no telling whose requests these are. */
  fail(cause: unknown): void;
  /** Goes on, now that it is known. */
  begin(): void;
}

/** The credential that all tasks of one policy share: which one holds, whose it is, and its one refresh. */
export class CredentialState<C> {
  /** `null` when nobody is logged in, `undefined` while that is not known yet. */
  current: Generation<C> | null | undefined;
  readonly refresh: SingleRefresh<C>;
  readonly #rules: AuthenticateRules<C>;
  readonly #tasks = new Set<FencedTask>();
  readonly #waiting = new Set<FencedTask>();
  #identity: unknown;
  #watch: Subscription | undefined;
  #subscribing = false;

  constructor(rules: AuthenticateRules<C>) {
    this.#rules = rules;
    this.refresh = new SingleRefresh(rules, (credential, refused) => {
      this.#renew(credential, refused);
    });
    if (rules.credential$ === undefined) this.current = generationOf(rules.credential ?? null);
  }

  /** Whether the user's code is being called right now: a request that starts here would wait for itself. */
  get calling(): boolean {
    return this.#subscribing || this.refresh.calling;
  }

  /** Whether tasks must be fenced at all. */
  get canChange(): boolean {
    return this.#rules.credential$ !== undefined;
  }

  /** Fences a task. */
  enter(task: FencedTask): void {
    this.#tasks.add(task);
    this.#follow();
  }

  /** Lets a task out that has ended, or is nobody's. */
  exit(task: FencedTask): void {
    this.#tasks.delete(task);
    this.#waiting.delete(task);
  }

  /** Begins the task once it is known whose it is. */
  whenKnown(task: FencedTask): void {
    this.#waiting.add(task);
  }

  #follow(): void {
    const { credential$ } = this.#rules;
    if (this.#watch !== undefined || credential$ === undefined) return;
    const watch = new Subscription();
    this.#watch = watch;
    this.#subscribing = true;
    const subscription = credential$.subscribe({
      next: (credential) => {
        this.#subscribing = false;
        this.#accept(credential ?? null);
      },
      error: (cause: unknown) => {
        this.#subscribing = false;
        this.#lose(cause);
      },
      complete: () => {
        this.#subscribing = false;
        if (this.current === undefined) this.#accept(null);
      },
    });
    this.#subscribing = false;
    watch.add(subscription);
  }

  /** What `credential$` says. */
  #accept(credential: C | null): void {
    const before = this.current;
    let identity: unknown;
    try {
      identity = credential === null ? undefined : this.#rules.identityOf(credential);
    } catch (cause) {
      this.#watch?.unsubscribe();
      this.#lose(cause);
      return;
    }
    if (before === undefined || before === null) {
      this.#become(credential, identity);
      for (const task of [...this.#waiting]) if (this.#waiting.delete(task)) task.begin();
    } else if (credential !== null && Object.is(before.credential, credential))
      before.refusal = undefined;
    else if (credential !== null && Object.is(this.#identity, identity)) {
      this.current = generationOf(credential);
      this.refresh.overtake();
    } else this.#change(credential, identity);
  }

  /** First all stop, then all are told: what one of them does on being told reaches none of the others. */
  #change(credential: C | null, identity: unknown): void {
    const tasks = this.#stopAll();
    this.#become(credential, identity);
    for (const task of tasks) task.end();
  }

  #lose(cause: unknown): void {
    const before = this.current;
    const tasks = this.#stopAll();
    this.current = undefined;
    this.#watch = undefined;
    const clean = withoutSecrets(cause, secretsIn(before?.credential));
    for (const task of tasks) task.fail(clean);
  }

  #stopAll(): readonly FencedTask[] {
    const tasks = [...this.#tasks];
    this.#tasks.clear();
    this.#waiting.clear();
    this.refresh.abandon();
    for (const task of tasks) task.stop();
    return tasks;
  }

  #become(credential: C | null, identity: unknown): void {
    this.current = generationOf(credential);
    this.#identity = identity;
  }

  /** What the refresh gave; the identity stays. `credential$` may have said it first. */
  #renew(credential: C, refused: Generation<C>): void {
    const { current } = this;
    if (current !== refused && current !== null && Object.is(current?.credential, credential))
      return;
    this.current = generationOf(credential);
  }
}

function generationOf<C>(credential: C | null): Generation<C> | null {
  return credential === null ? null : { credential, refusal: undefined };
}
