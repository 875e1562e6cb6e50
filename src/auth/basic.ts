import { invalid } from '../http/invalid-input.js';
import { readOptions } from '../http/option-checks.js';
import { checkingInput } from '../errors/from-input.js';
import { type Policy, policy } from '../task/policy.js';
import { boundTo, checkedOrigins } from './at-home.js';

/** Where a user name and a password may go. */
export interface BasicOptions {
  /** As `https://host:port`. Default the origin of the client's `baseUrl`, else the page's own. */
  readonly origins?: readonly string[];
}

// eslint-disable-next-line no-control-regex -- what RFC 7617 section 2 forbids
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Sends a user name and a password with every request to their origin, without waiting to be asked (RFC 7617):
 * UTF-8 in Normalization Form C. An `Authorization` of the request's own wins; `AUTH.of(false)` keeps it off one request.
 *
 * @example
 * createClient({ baseUrl: 'https://api.example.com', interceptors: [basic('ada', 'correct horse')] });
 * @throws TaskError `request` for a colon in the user name, or a control character; without saying the value
 */
export function basic(user: string, password: string, options: BasicOptions = {}): Policy {
  const { header, atHome } = checkingInput(() => ({
    header: `Basic ${base64(`${checked('user', user)}:${checked('password', password)}`)}`,
    atHome: boundTo(readOptions('', options, { origins: checkedOrigins }).origins),
  }));
  return policy({
    name: 'basic',
    intercept: (request, next) =>
      next(
        atHome(request)
          ? request.clone({ headers: request.headers.set('Authorization', header) })
          : request,
      ),
  });
}

function checked(field: 'user' | 'password', value: string): string {
  if (typeof value !== 'string') throw invalid(field, 'a string', typeof value);
  if (CONTROL.test(value)) throw invalid(field, 'no control characters (RFC 7617 section 2)');
  if (field === 'user' && value.includes(':'))
    throw invalid(field, 'no colon (RFC 7617 section 2)');
  return value.normalize('NFC');
}

function base64(text: string): string {
  return btoa(
    Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''),
  );
}
