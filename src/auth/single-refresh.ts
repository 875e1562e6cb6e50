import { type SchedulerLike, Subscription, defer, from, take } from 'rxjs';
import { taskError } from '../errors/task-error.js';
import { withoutSecrets } from '../errors/without-secrets.js';
import { schedule } from '../task/wait.js';
import type { AuthenticateRules } from './authenticate-options.js';
import type { Generation, Refusal, Waiter } from './generation.js';
import { RefreshWindow } from './refresh-window.js';
import { secretsIn } from './secrets-in.js';

/** One refresh in flight, and who waits for it. */
interface Run<C> {
  readonly generation: Generation<C>;
  readonly waiters: Set<Waiter>;
  readonly subscription: Subscription;
}

const LOOP: Refusal = {
  code: 'AUTH_REFRESH_LOOP',
  message: 'the credential is refreshed over and over: the server refuses what its refresh gives',
};

/** Renews a credential once for all who wait for it. */
export class SingleRefresh<C> {
  readonly #rules: AuthenticateRules<C>;
  readonly #onRenewed: (credential: C, refused: Generation<C>) => void;
  readonly #window: RefreshWindow;
  readonly #inFlight = new Set<Run<C>>();
  #run: Run<C> | undefined;
  #calling = false;

  constructor(
    rules: AuthenticateRules<C>,
    onRenewed: (credential: C, refused: Generation<C>) => void,
  ) {
    this.#rules = rules;
    this.#onRenewed = onRenewed;
    this.#window = new RefreshWindow(rules.maxRefreshes, rules.windowMs);
  }

  /** Whether a new credential is on its way: it is worth waiting for. */
  get running(): boolean {
    return this.#run !== undefined;
  }

  /** Whether the user's `refresh` is being called right now: a request that starts here is its own. */
  get calling(): boolean {
    return this.#calling;
  }

  /** Waits for the one refresh of this generation, and starts it if need be. Returns what leaves again. */
  join(generation: Generation<C>, scheduler: SchedulerLike, waiter: Waiter): () => void {
    const running = this.#run;
    if (running === undefined) {
      const refusal =
        generation.refusal ?? (this.#window.admit(scheduler.now()) ? undefined : LOOP);
      if (refusal !== undefined) {
        waiter.refuse(refusal);
        return noop;
      }
    }
    const run = running ?? { generation, waiters: new Set(), subscription: new Subscription() };
    run.waiters.add(waiter);
    if (running === undefined) this.#start(run, scheduler);
    return () => {
      if (
        !run.waiters.delete(waiter) ||
        run.waiters.size > 0 ||
        this.#rules.refreshLifetime === 'complete'
      )
        return;
      this.#end(run);
    };
  }

  /** Another way has brought a newer credential: nobody waits any longer, though what is in flight may finish. */
  overtake(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    if (this.#rules.refreshLifetime === 'refCount') this.#end(run);
    release(run, (waiter) => {
      waiter.proceed();
    });
  }

  /** The identity has changed: what is in flight is nobody's. */
  abandon(): void {
    for (const run of [...this.#inFlight]) {
      run.waiters.clear();
      this.#end(run);
    }
  }

  #start(run: Run<C>, scheduler: SchedulerLike): void {
    const { refresh, refreshWithinMs } = this.#rules;
    this.#run = run;
    this.#inFlight.add(run);
    if (refreshWithinMs !== Infinity) {
      const late = (): void => {
        this.#fail(run, tooLate(refreshWithinMs));
      };
      run.subscription.add(schedule(scheduler, refreshWithinMs, late));
    }
    let renewed = false;
    this.#calling = true;
    const subscription = defer(() => from(refresh?.(run.generation.credential) ?? []))
      .pipe(take(1))
      .subscribe({
        next: (credential) => {
          renewed = true;
          this.#succeed(run, credential);
        },
        error: (cause: unknown) => {
          this.#fail(run, cause);
        },
        complete: () => {
          if (!renewed) this.#fail(run, new Error('the refresh completed without a credential'));
        },
      });
    this.#calling = false;
    run.subscription.add(subscription);
  }

  #succeed(run: Run<C>, credential: C): void {
    this.#calling = false;
    if (credential === null || credential === undefined) {
      this.#fail(run, new Error(`the refresh gave ${String(credential)} for a credential`));
      return;
    }
    this.#end(run);
    this.#onRenewed(credential, run.generation);
    release(run, (waiter) => {
      waiter.proceed();
    });
  }

  #fail(run: Run<C>, thrown: unknown): void {
    this.#calling = false;
    this.#end(run);
    const cause = withoutSecrets(thrown, secretsIn(run.generation.credential));
    const refusal: Refusal = {
      code: 'AUTH_REFRESH_FAILED',
      message: 'the credential was refused and could not be refreshed',
      cause,
    };
    if (!this.#again(thrown)) run.generation.refusal = refusal;
    release(run, (waiter) => {
      waiter.refuse(refusal);
    });
  }

  #again(cause: unknown): boolean {
    try {
      return this.#rules.mayRefreshAgain(cause);
    } catch {
      return false;
    }
  }

  #end(run: Run<C>): void {
    this.#inFlight.delete(run);
    if (this.#run === run) this.#run = undefined;
    run.subscription.unsubscribe();
  }
}

/** Tells everyone once; who leaves meanwhile is left out. */
function release<C>({ waiters }: Run<C>, tell: (waiter: Waiter) => void): void {
  for (const waiter of [...waiters]) if (waiters.delete(waiter)) tell(waiter);
}

function tooLate(afterMs: number): Error {
  const message = `the refresh took longer than ${String(afterMs)} ms (one that goes through the client that it refreshes must carry AUTH.of(false))`;
  return taskError('timeout', { phase: 'total', afterMs }, { code: 'TIMEOUT_TOTAL', message });
}

function noop(): void {
  // nobody to leave
}
