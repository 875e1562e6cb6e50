import { Subscriber } from 'rxjs';

/** Who is told in the end: the first one down the line that is no step. */
export function lastOf(subscriber: Subscriber<never>): Subscriber<unknown> {
  return subscriber instanceof Stage ? subscriber.last : subscriber;
}

/**
 * One step of a pipeline: a subscriber that hands on to the next one. It is chained to it before it subscribes, so
 * that leaving in the middle of a synchronous burst stops the burst. What a step's code throws becomes an error.
 */
export abstract class Stage<In, Out> extends Subscriber<In> {
  /** Declared, not defined: defining a field on what Subscriber made costs a fifth of the whole layer. */
  declare protected readonly downstream: Subscriber<Out>;

  constructor(downstream: Subscriber<Out>) {
    super(downstream as Subscriber<unknown>);
    this.downstream = downstream;
  }

  /** See {@link lastOf}. */
  get last(): Subscriber<unknown> {
    return lastOf(this.downstream);
  }

  /** What to do with a value; throwing ends the pipeline with that error. */
  protected abstract onNext(value: In): void;

  /** What to do at the end. Hands it on unless overridden. */
  protected onComplete(): void {
    this.downstream.complete();
  }

  /** What to do with a failure. Hands it on unless overridden. */
  protected onError(error: unknown): void {
    this.downstream.error(error);
  }

  protected override _next(value: In): void {
    try {
      this.onNext(value);
    } catch (error) {
      this.error(error);
    }
  }

  protected override _error(error: unknown): void {
    try {
      this.onError(error);
    } catch (thrown) {
      this.downstream.error(thrown);
    } finally {
      this.unsubscribe();
    }
  }

  protected override _complete(): void {
    try {
      this.onComplete();
    } catch (error) {
      this.downstream.error(error);
    } finally {
      this.unsubscribe();
    }
  }
}
