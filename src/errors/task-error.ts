import { SECRET_FIELDS, cap, redactHeaders, redactUrl, scrub, secretsOf } from '../http/redact.js';
import type { TaskRequest } from '../http/request.js';
import type { TaskErrorFields, TaskErrorKind } from './kinds.js';
import type { RequestSummary, TaskError, TaskErrorOf } from './task-error-type.js';

export type { RequestSummary, TaskError, TaskErrorOf } from './task-error-type.js';
import { SCRUB, describeJson } from './task-error-json.js';

/** What an error is made of beside the fields of its kind. */
export interface TaskErrorInit {
  /** The full request: a summary is kept, never the request itself. */
  readonly request?: TaskRequest | undefined;
  readonly code?: string;
  readonly message?: string;
  readonly cause?: unknown;
  readonly previous?: readonly TaskError[];
}

const OWN_KEYS = new Set([
  'name',
  'kind',
  'code',
  'request',
  'previous',
  'message',
  'cause',
  'stack',
]);
/** To be read by who asks for it, not to be copied by a logger that copies every property it can list. */
const UNLISTED = ['response', 'head', 'reason'] as const;
const BRAND = Symbol.for('coldwire.TaskError');
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

class TaskErrorObject extends Error {
  declare readonly name: 'TaskError';
  readonly kind: TaskErrorKind;
  readonly code: string;
  readonly request: RequestSummary | undefined;
  readonly previous: readonly TaskError[];

  constructor(kind: TaskErrorKind, fields: object, init: TaskErrorInit) {
    const { request, cause } = init;
    const secretFields = request?.context.get(SECRET_FIELDS);
    const secrets =
      request === undefined ? [] : secretsOf(request.headers, request.url, secretFields);
    const summary = request && {
      method: request.method,
      url: redactUrl(request.url),
      headers: redactHeaders(request.headers, secretFields),
    };
    const text = cap(scrub(init.message ?? kind, secrets), 1000);
    super(
      summary === undefined ? text : `${summary.method} ${summary.url}: ${text}`,
      cause === undefined ? undefined : { cause },
    );
    Object.assign(this, fields);
    for (const name of UNLISTED)
      if (Object.hasOwn(fields, name)) Object.defineProperty(this, name, { enumerable: false });
    this.kind = kind;
    this.code = init.code ?? kind.toUpperCase();
    this.request = summary;
    this.previous = init.previous ?? [];
    if (secrets.length > 0)
      Object.defineProperty(this, SCRUB, {
        value: (told: string) => scrub(told, secrets),
        configurable: true,
      });
    Object.defineProperty(this, BRAND, { value: true });
    if (secrets.length > 0 && this.stack !== undefined) this.stack = scrub(this.stack, secrets);
  }

  toJSON(): Record<string, unknown> {
    return describeJson(this as unknown as TaskError);
  }

  [INSPECT](
    _depth: unknown,
    options: object,
    inspect?: (value: unknown, options: object) => string,
  ): string {
    const { message: _message, ...rest } = this.toJSON();
    return inspect === undefined
      ? (this.stack ?? this.message)
      : `${this.stack ?? this.message} ${inspect(rest, options)}`;
  }
}

// On the prototype, so that the stack begins with it and no error lists it; the class's own name is what Node prints.
Object.defineProperty(TaskErrorObject.prototype, 'name', { value: 'TaskError' });
Object.defineProperty(TaskErrorObject, 'name', { value: 'TaskError' });

/**
 * Makes an error of the union: for publishers, policies and fakes of your own.
 *
 * @example
 * throw taskError('network', { sent: false }, { request, code: 'CONNECTION_REFUSED', message: 'refused' });
 */
export function taskError<K extends TaskErrorKind>(
  kind: K,
  fields: TaskErrorFields[K],
  init: TaskErrorInit = {},
): TaskErrorOf<K> {
  return new TaskErrorObject(kind, fields, init) as unknown as TaskErrorOf<K>;
}

/**
 * Whether a value is an error of the union, also when another copy of coldwire made it.
 *
 * @example
 * catchError((error: unknown) => (isTaskError(error) ? of(error.kind) : throwError(() => error)))
 */
export function isTaskError(value: unknown): value is TaskError;
/** Whether a value is an error of this kind. */
export function isTaskError<K extends TaskErrorKind>(
  value: unknown,
  kind: K,
): value is TaskErrorOf<K>;
export function isTaskError(value: unknown, kind?: TaskErrorKind): boolean {
  if (typeof value !== 'object' || value === null || !(BRAND in value)) return false;
  return kind === undefined || (value as unknown as TaskError).kind === kind;
}

/** The same error with the errors of earlier attempts in `previous`. The original is left as it was. */
export function withPrevious<E extends TaskError>(error: E, previous: readonly TaskError[]): E {
  if (previous.length === 0) return error;
  const copy = copyOf(error);
  Object.defineProperty(copy, 'stack', { value: error.stack, configurable: true, writable: true });
  Object.defineProperty(copy, 'previous', {
    value: previous.filter((earlier) => earlier !== error),
    enumerable: true,
  });
  return copy;
}

/** Another error that is the same. Born as an Error, so that it stays one for whoever looks past `instanceof`. */
export function copyOf<E extends TaskError>(error: E): E {
  return Object.setPrototypeOf(
    Object.defineProperties(new Error(), Object.getOwnPropertyDescriptors(error)),
    Object.getPrototypeOf(error) as object,
  ) as E;
}

/** The same error with the summary of its request, when it had none yet. */
export function withRequest(error: TaskError, request: TaskRequest): TaskError {
  if (error.request !== undefined) return error;
  const { code, message, cause, previous } = error;
  const fields = Object.fromEntries(
    Object.getOwnPropertyNames(error)
      .filter((key) => !OWN_KEYS.has(key))
      .map((key) => [key, (error as unknown as Record<string, unknown>)[key]]),
  );
  return new TaskErrorObject(error.kind, fields, {
    request,
    code,
    message,
    cause,
    previous,
  }) as unknown as TaskError;
}
