import { invalid } from '../http/invalid-input.js';
import { type Checks, checkFunction, readOptions } from '../http/option-checks.js';
import { checkingInput } from '../errors/from-input.js';
import { originOf } from '../http/url.js';
import type { Interceptor } from '../task/task-handler.js';

/** The names of the XSRF cookie and of the header that repeats it. */
export interface XsrfOptions {
  /** Default `XSRF-TOKEN`. */
  readonly cookieName?: string;
  /** Default `X-XSRF-TOKEN`. */
  readonly headerName?: string;
  /** Where cookies are read: `name=value; name=value`. Default `document.cookie`; `''` where there is no document. */
  readonly cookies?: () => string;
  /** The page's own origin. Default `location.origin`; without one nothing is sent. */
  readonly origin?: string;
}

/** What the options must be. */
export const XSRF_CHECKS: Checks<XsrfOptions> = {
  cookieName: checkText,
  headerName: checkText,
  cookies: checkFunction,
  origin: checkText,
};

/**
 * Repeats the XSRF cookie in a header, on requests to the page's own origin and no other, when the header is not set.
 */
export function xsrf(given: XsrfOptions = {}): Interceptor {
  const page = (globalThis as { location?: { origin?: string } }).location;
  const {
    cookieName = 'XSRF-TOKEN',
    headerName = 'X-XSRF-TOKEN',
    cookies = documentCookies,
    origin = page?.origin,
  } = checkingInput(() => readOptions('xsrf', given, XSRF_CHECKS));
  return (request, next) => {
    if (origin === undefined || request.headers.has(headerName) || originOf(request.url) !== origin)
      return next(request);
    const token = cookieValue(cookies(), cookieName);
    return next(
      token === undefined
        ? request
        : request.clone({ headers: request.headers.set(headerName, token) }),
    );
  };
}

function checkText(field: string, value: string): string {
  if (typeof value !== 'string') throw invalid(field, 'a string', value);
  return value;
}

function documentCookies(): string {
  return (globalThis as { document?: { cookie?: string } }).document?.cookie ?? '';
}

/** By splitting, not by a regular expression made of the name: a name may hold any character. */
function cookieValue(cookies: string, name: string): string | undefined {
  const pair = cookies
    .split(';')
    .map((text) => text.trim())
    .find((text) => text.startsWith(`${name}=`));
  if (pair === undefined) return undefined;
  const value = pair.slice(name.length + 1);
  // A cookie may say what a header may not, %0D%0A or %E2%82%AC: then it is repeated as it is, or left out.
  return [decoded(value), value].find(
    (text) => text !== undefined && /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(text),
  );
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
