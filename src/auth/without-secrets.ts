import { scrub } from '../http/redact.js';
import { isTaskError } from '../errors/task-error.js';

const SHORTEST_SECRET = 4;
const DEEPEST = 3;

/**
 * A foreign error as it is, unless its text holds a part of the credential: then a copy with that masked. Errors of
 * the union are clean already.
 */
export function withoutSecrets(cause: unknown, credential: unknown): unknown {
  if (isTaskError(cause)) return cause;
  const secrets = stringsIn(credential, DEEPEST).sort((a, b) => b.length - a.length);
  const holds = (text: string): boolean => secrets.some((secret) => text.includes(secret));
  if (typeof cause === 'string') return scrub(cause, secrets);
  if (!(cause instanceof Error) || !(holds(cause.message) || holds(cause.stack ?? '')))
    return cause;
  const copy = new Error(scrub(cause.message, secrets));
  copy.name = cause.name;
  copy.stack = scrub(cause.stack ?? '', secrets);
  return copy;
}

function stringsIn(value: unknown, depth: number): string[] {
  if (typeof value === 'string') return value.length < SHORTEST_SECRET ? [] : [value];
  if (typeof value !== 'object' || value === null || depth === 0) return [];
  return Object.values(value).flatMap((inner) => stringsIn(inner, depth - 1));
}
