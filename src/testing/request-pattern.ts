import { redactUrl } from '../http/redact.js';
import type { TaskRequest } from '../http/request.js';

/**
 * Which requests are meant.
 *
 * A string is a URL or a path, with a method before it if that matters: `/users`, `POST /users`,
 * `https://api.example.com/users?page=2`. Without a `?` in it any query fits, and `*` stands for one segment of a path.
 * A regular expression is put to the whole URL; a function decides by itself.
 */
export type RequestPattern = string | RegExp | ((request: TaskRequest) => boolean);

/** A test for requests out of a pattern. */
export function matcherOf(pattern: RequestPattern): (request: TaskRequest) => boolean {
  if (typeof pattern === 'function') return pattern;
  if (typeof pattern !== 'string') return ({ url }) => url.search(pattern) >= 0;
  const { method, place } = /^(?:(?<method>[A-Z]+) +)?(?<place>.*)$/s.exec(pattern)?.groups ?? {};
  const wanted = new RegExp(`^${(place ?? '').split('*').map(literally).join('[^/?]*')}$`);
  const withQuery = place?.includes('?') === true;
  const absolute = place?.startsWith('/') === false;
  return (request) => {
    if (method !== undefined && method !== request.method) return false;
    const whole = absolute ? request.url : request.url.replace(/^[a-z]+:\/\/[^/?#]*/i, '');
    return wanted.test(withQuery ? whole : whole.replace(/\?.*$/s, ''));
  };
}

/** How a pattern reads in a message. */
export function patternText(pattern: RequestPattern): string {
  if (typeof pattern === 'string') return pattern;
  if (typeof pattern !== 'function') return String(pattern);
  return pattern.name === ''
    ? 'a request that its function accepts'
    : `a request that ${pattern.name}() accepts`;
}

/** How a request reads in a message: method and URL, credentials masked. */
export function requestText({ method, url }: TaskRequest): string {
  return `${method} ${redactUrl(url)}`;
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
