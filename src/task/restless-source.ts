/**
 * A source that may fail while nobody reads it, and then calls back: a connection that is stalled would never ask again,
 * and never hear of it.
 */
export interface RestlessSource {
  [FAILS](onFailure: (cause: unknown) => void): void;
}

/** The same for every copy of coldwire. */
export const FAILS: unique symbol = Symbol.for('coldwire.fails') as never;
