import { invalid } from './invalid-input.js';
import { redactUrl } from './redact.js';

/** A path that needs no parser: one slash or none in front, then only characters that every URL parser keeps … */
const PLAIN_PATH = /^(?!\/\/)[A-Za-z0-9\-._~!$&()*+,;=:@%/?]*$/;
/** … and no segment that may mean "here" or "up". */
const DOT_SEGMENT = /(?:^|\/)(?:\.|%2e)/i;
const ABSOLUTE = /^[a-zA-Z][a-zA-Z0-9+.-]*:/;
const NOWHERE = new URL('http://nowhere.invalid');

/** A base that paths are appended to. */
export interface BaseUrl {
  /** Scheme, host and port, as `URL.origin` writes them. */
  readonly origin: string;
  /** The base without a slash at its end. */
  readonly href: string;
}

/** Reads a base URL. @throws TaskError `request` when it is no absolute http(s) URL or carries a password */
export function parseBaseUrl(value: string): BaseUrl {
  const page = pageUrl();
  const url = parse('baseUrl', value, page);
  if (url.search !== '' || url.hash !== '')
    throw invalid('baseUrl', 'no query and no fragment', withoutUserInfo(value), 'INVALID_URL');
  return { origin: url.origin, href: withoutSlashes(url.href) };
}

/**
 * The absolute URL of a request: the path appended to the base, or an absolute URL as it is.
 *
 * With a base, a URL of another origin is refused unless `allowAbsoluteUrls` (input like `//evil.example` or
 * `https://evil.example` would take the client's credentials along).
 * @throws TaskError `request`, field `url`
 */
export function resolveUrl(
  base: BaseUrl | undefined,
  url: string,
  allowAbsoluteUrls: boolean,
): string {
  if (typeof url !== 'string') throw invalid('url', 'a string', url, 'INVALID_URL');
  if (base === undefined) return parse('url', url, pageUrl()).href;
  if (PLAIN_PATH.test(url) && !DOT_SEGMENT.test(url) && !ABSOLUTE.test(url)) return join(base, url);
  // The platform's own parser decides what is relative: it reads `/\\evil`, `//evil` and ` https:evil` as hosts.
  const relative = parse('url', url, NOWHERE, false).origin === NOWHERE.origin;
  const target = relative
    ? parse('url', join(base, url), undefined)
    : parse('url', url, new URL(base.origin));
  if (target.origin !== base.origin && !allowAbsoluteUrls) {
    throw invalid(
      'url',
      `leaves the origin of the base URL, ${base.origin} (allowAbsoluteUrls permits it)`,
      target.origin,
      'URL_LEAVES_BASE',
    );
  }
  return target.href;
}

/** What certainly is an http(s) URL without a login. */
const PLAIN_URL = /^https?:\/\/[^\s/?#@\\]+(?:[/?#]|$)/;

/** Refuses a scheme that is neither http nor https (`data:` and `file:` ask nobody), and a login. @throws InvalidInput */
export function checkHttpUrl(url: string): void {
  if (!PLAIN_URL.test(url)) parse('url', url, pageUrl());
}

/** Appends a query to a URL, before its fragment. */
export function appendQuery(url: string, query: string): string {
  if (query === '') return url;
  const [path = '', fragment] = url.split('#', 2);
  const joined = `${path}${path.includes('?') ? (/[?&]$/.test(path) ? '' : '&') : '?'}${query}`;
  return fragment === undefined ? joined : `${joined}#${fragment}`;
}

/** Scheme, host and port of a URL. */
export function originOf(url: string): string {
  return absoluteUrl(url).origin;
}

/** A request's URL in its parts: in a browser it may be relative to the page. */
export function absoluteUrl(url: string): URL {
  return new URL(url, pageUrl());
}

function join(base: BaseUrl, path: string): string {
  if (path.startsWith('/')) return base.href + path;
  if (path !== '' && !path.startsWith('?') && !path.startsWith('#')) return `${base.href}/${path}`;
  return base.href === base.origin ? `${base.href}/${path}` : base.href + path;
}

/** By counting: `/\/+$/` costs the square of a run of slashes (CVE-2021-3749 was that). */
function withoutSlashes(href: string): string {
  let end = href.length;
  while (href[end - 1] === '/') end--;
  return href.slice(0, end);
}

function parse(field: string, value: string, against: URL | undefined, strict = true): URL {
  let url: URL;
  try {
    url = new URL(value, against);
  } catch {
    throw invalid(
      field,
      against === undefined ? 'an absolute http(s) URL' : 'a URL',
      withoutUserInfo(value),
      'INVALID_URL',
    );
  }
  if (!strict) return url;
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw invalid(field, 'an http: or https: URL', url.protocol, 'URL_SCHEME');
  if (url.username !== '' || url.password !== '') {
    throw invalid(
      field,
      'no user name or password in a URL: use basic(user, password)',
      undefined,
      'URL_HAS_CREDENTIALS',
    );
  }
  return url;
}

function withoutUserInfo(value: unknown): unknown {
  return typeof value === 'string' ? redactUrl(value).replace(/\?.*/s, '?…') : value;
}

function pageUrl(): URL | undefined {
  const location = (globalThis as { location?: { href?: string } }).location;
  return location?.href?.startsWith('http') === true ? new URL(location.href) : undefined;
}
