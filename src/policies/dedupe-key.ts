import type { TaskRequest } from '../http/request.js';

/** Fields by which one user's answer differs from another's: no key leaves them out. */
const ALWAYS = ['authorization', 'cookie', 'proxy-authorization'];

/**
 * The text by which requests are told apart: method, URL and header fields, all of them or those named beside the ones
 * that carry credentials; or what the caller's function says in place of that, credentials still included.
 * `undefined` for a request that is not shared at all.
 */
export function dedupeKey(
  request: TaskRequest,
  headers: readonly string[] | undefined,
  own: ((request: TaskRequest) => string | undefined) | undefined,
): string | undefined {
  const { method, url, body, flow, delivery, progress } = request;
  // Only what changes nothing is shared, and only among consumers that are served alike; one that holds the server
  // back would hold the others back too.
  if ((method !== 'GET' && method !== 'HEAD') || body !== undefined || flow !== undefined)
    return undefined;
  const names = own === undefined ? headers : [];
  const subject = own === undefined ? [method, url] : own(request);
  if (subject === undefined) return undefined;
  return JSON.stringify([subject, delivery, progress, fieldsOf(request, names)]);
}

function fieldsOf(
  request: TaskRequest,
  names: readonly string[] | undefined,
): readonly (readonly [string, string])[] {
  const matters =
    names === undefined
      ? undefined
      : new Set([...names.map((name) => name.toLowerCase()), ...ALWAYS]);
  const fields = [...request.headers].filter(([name]) => matters?.has(name) !== false);
  return fields.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
