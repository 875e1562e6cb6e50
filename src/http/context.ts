import { invalid } from './invalid-input.js';

/**
 * A typed key for a value that travels with one request, past every interceptor.
 *
 * Two tokens are equal only when they are the same object. The name is for people: it stands in logs.
 *
 * @example
 * const TENANT = contextToken('tenant', 'public');
 * client.get('/users', { context: [TENANT.of('acme')] });
 * // in an interceptor: request.context.get(TENANT) is a string
 */
export interface ContextToken<T> {
  /** What people see of the token. */
  readonly label: string;
  /** What a request that says nothing has. */
  readonly initial: T;
  /** An entry for the `context` list of a request or a client. */
  of(value: T): ContextEntry<T>;
}

/** A token with the value that one request has for it. */
export interface ContextEntry<T = unknown> {
  readonly token: ContextToken<T>;
  readonly value: T;
}

/**
 * Makes a token, with the value that a request has which says nothing.
 *
 * @example
 * const QUIET = contextToken('quiet', false);
 */
export function contextToken<T>(label: string, initial: T): ContextToken<T> {
  const token: ContextToken<T> = { label, initial, of: (value) => ({ token, value }) };
  return token;
}

/** The entries of a `context` option. @throws TaskError `request` for what is no list of them */
export function checkedEntries(
  given: readonly (ContextEntry<never> | ContextEntry)[],
): readonly (ContextEntry<never> | ContextEntry)[] {
  const entries: unknown = given;
  const isEntry = (entry: unknown): boolean =>
    typeof entry === 'object' &&
    entry !== null &&
    typeof (entry as Partial<ContextEntry>).token === 'object';
  if (!Array.isArray(entries) || !entries.every(isEntry))
    throw invalid('context', 'a list of entries, such as [TOKEN.of(value)]', entries);
  return given;
}

/**
 * The values that travel with a request: immutable, typed by their tokens.
 *
 * @example
 * const context = TaskContext.of([TENANT.of('acme')]);
 * context.get(TENANT); // 'acme'
 */
export class TaskContext {
  /** The context in which every token has its initial value. */
  static readonly empty: TaskContext = new TaskContext(new Map());

  readonly #values: ReadonlyMap<unknown, unknown>;

  private constructor(values: ReadonlyMap<unknown, unknown>) {
    this.#values = values;
  }

  /** A context with these entries; a later entry of the same token wins. */
  static of(entries: Iterable<ContextEntry<never> | ContextEntry>): TaskContext {
    return TaskContext.empty.with(entries);
  }

  /** The value of the token, or its initial value. */
  get<T>(token: ContextToken<T>): T {
    const value = this.#values.get(token);
    return value === undefined && !this.#values.has(token) ? token.initial : (value as T);
  }

  /** A new context with these entries laid over this one's. */
  with(entries: Iterable<ContextEntry<never> | ContextEntry>): TaskContext {
    const values = new Map(this.#values);
    for (const entry of entries) values.set(entry.token, entry.value);
    return values.size === 0 ? this : new TaskContext(values);
  }
  /** Whether both say the same of every token. */
  equals(other: TaskContext): boolean {
    if (this.#values === other.#values) return true;
    if (this.#values.size !== other.#values.size) return false;
    return [...this.#values].every(
      ([token, value]) => other.#values.has(token) && Object.is(value, other.#values.get(token)),
    );
  }
}
