import { scrub } from '../http/redact.js';
import { isError, messageOf } from './cause-text.js';
import { SCRUB, cleaned } from './task-error-json.js';
import type { TaskError } from './task-error-type.js';
import { copyOf, isTaskError } from './task-error.js';

const DEEPEST = 4;

/**
 * What was thrown, as it is, unless something that prints it would tell one of these secrets: then a copy with them
 * masked. Of a foreign error only name, message and stack are copied.
 */
export function withoutSecrets(thrown: unknown, secrets: readonly string[]): unknown {
  const tells = (value: unknown): boolean =>
    stringsIn(value).some((text) => secrets.some((secret) => text.includes(secret)));
  if (typeof thrown === 'string') return scrub(thrown, secrets);
  if (isTaskError(thrown)) {
    const { message, stack, cause, previous } = thrown;
    return tells([
      message,
      stack,
      thrown.request,
      thrown.toJSON(),
      partsOf(cause),
      previous.map(partsOf),
    ])
      ? cleanCopy(thrown, secrets)
      : thrown;
  }
  if (!tells(partsOf(thrown))) return thrown;
  const copy = new Error(scrub(messageOf(thrown), secrets));
  if (isError(thrown)) {
    copy.name = scrub(thrown.name, secrets);
    copy.stack = scrub(thrown.stack ?? '', secrets);
  }
  return copy;
}

/** The texts in a value, some levels deep. */
export function stringsIn(value: unknown, depth: number = DEEPEST): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || depth === 0) return [];
  return Object.values(value).flatMap((inner) => stringsIn(inner, depth - 1));
}

function cleanCopy(error: TaskError, secrets: readonly string[]): TaskError {
  const before = (error as { [SCRUB]?: (text: string) => string })[SCRUB];
  const clean = (text: string): string => scrub(before?.(text) ?? text, secrets);
  const copy = copyOf(error);
  const hidden = (name: PropertyKey, value: unknown, enumerable = false): unknown =>
    Object.defineProperty(copy, name, { value, enumerable, configurable: true, writable: true });
  hidden('message', clean(error.message));
  hidden('stack', clean(error.stack ?? ''));
  hidden(SCRUB, clean);
  hidden('request', cleaned(error.request, clean), true);
  hidden(
    'previous',
    error.previous.map((earlier) => withoutSecrets(earlier, secrets)),
    true,
  );
  if ('cause' in error) hidden('cause', withoutSecrets(error.cause, secrets));
  return copy;
}

/** An error's own texts: those that are not enumerable, too. */
function partsOf(value: unknown): unknown {
  return isError(value)
    ? [
        value.name,
        value.message,
        value.stack,
        { ...value },
        isError(value.cause) ? partsOf(value.cause) : value.cause,
      ]
    : value;
}
