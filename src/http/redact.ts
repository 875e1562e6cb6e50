import { type ContextToken, contextToken } from './context.js';
import type { HeaderFields } from './header-fields.js';

/** What stands where a secret was. */
export const REDACTED = '[redacted]';

const SECRET_NAME =
  /auth|cookie|token|secret|password|passwd|session|api-?_?key|credential|signature|passphrase|assertion|(?<!idempotency)[-_]key$|^key$|^sig$|^code$|^pwd$|^jwt$/i;
const SHORTEST_SECRET = 4;
const LONGEST_URL = 1024;
const LONGEST_VALUE = 256;
const MOST_FIELDS = 40;

/** Lower-case names of this request's header fields that hold a credential, though their names do not tell. */
export const SECRET_FIELDS: ContextToken<readonly string[]> = contextToken<readonly string[]>(
  'secretFields',
  [],
);

/** Whether a header field or a query parameter of this name may hold a credential. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** The URL without user name and password, with the values of query parameters that may be secrets masked, and capped. */
export function redactUrl(url: string): string {
  const clean = url
    // `https:user:pw@host` and `\\user@host` too: what the platform's parser reads as a host, it reads as a login.
    .replace(
      /^\s*(?:([a-z][a-z0-9+.-]*:)?[\\/]{2,}|(https?:)[\\/]?)[^\\/?#]*@/i,
      (_all, scheme?: string, bare?: string) => `${scheme ?? bare ?? ''}//${REDACTED}@`,
    )
    .replace(/([?&#;])([^?=&#;]+)=([^&#;]*)/g, (all, mark: string, name: string) =>
      isSecretName(safeDecode(name)) ? `${mark}${name}=${REDACTED}` : all,
    );
  return clean.length > LONGEST_URL ? `${clean.slice(0, LONGEST_URL)}…` : clean;
}

/** A record of header fields for people: credentials masked, these too, long values and long lists cut. */
export function redactHeaders(
  headers: HeaderFields,
  secretFields: readonly string[] = [],
): Record<string, string> {
  const shown: Record<string, string> = {};
  let count = 0;
  for (const [name, value] of headers) {
    if (++count > MOST_FIELDS) break;
    shown[name] =
      isSecretName(name) || secretFields.includes(name)
        ? REDACTED
        : cap(
            /^(location|referer|content-location|link)$/.test(name) ? redactUrl(value) : value,
            LONGEST_VALUE,
          );
  }
  return shown;
}

/** The values in these fields (and this URL's query) that must not appear in any text. */
export function secretsOf(
  headers: HeaderFields,
  url: string,
  secretFields: readonly string[] = [],
): readonly string[] {
  const secrets: string[] = [];
  for (const [name, value] of headers) {
    if (!isSecretName(name) && !secretFields.includes(name)) continue;
    // Whole, for a token may end in `=` itself, and without the name that a cookie or a parameter puts before.
    secrets.push(
      value,
      ...value.split(/[\s;,]+/).flatMap((part) => [part, part.replace(/^[^=]*=(?=.)/, '')]),
    );
  }
  for (const match of url.matchAll(/[?&#;]([^?=&#;]+)=([^&#;]+)/g)) {
    if (isSecretName(safeDecode(match[1] ?? '')))
      secrets.push(match[2] ?? '', safeDecode(match[2] ?? ''));
  }
  return [...new Set(secrets)]
    .filter(
      (secret) =>
        secret.length >= SHORTEST_SECRET && !/^(basic|bearer|digest|token|auth)$/i.test(secret),
    )
    .sort((a, b) => b.length - a.length);
}

/** The text with each of these secrets masked. */
export function scrub(text: string, secrets: readonly string[]): string {
  let result = text;
  for (const secret of secrets) {
    // Most are not there, and looking is much cheaper than replacing.
    if (secret.length <= result.length && result.includes(secret))
      result = result.replaceAll(secret, REDACTED);
  }
  return result;
}

/** The text, cut to this many characters. */
export function cap(text: string, maxCharacters: number): string {
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
