import type { HeaderFields } from '../../http/header-fields.js';
import { parseHttpDate } from '../../http/http-date.js';

/** What tells one version of a resource from another, byte for byte: what `If-Range` may carry. */
export interface Validator {
  readonly field: 'etag' | 'last-modified';
  readonly value: string;
}

const STRONG_TAG = /^"[\x21\x23-\x7e\x80-\xff]*"$/;
/** What a clock of the server may be off against another clock of the server. */
const CLEARLY_LATER_MS = 60_000;

/**
 * The strong validator of an answer; `undefined` when it has none. A date counts only without any entity tag, and when
 * the answer is at least a minute younger: two versions of one second have the same date (RFC 9110 sections 8.8.2.2
 * and 13.1.5).
 */
export function strongValidator(headers: HeaderFields, nowMs: number): Validator | undefined {
  const tag = headers.get('etag');
  if (tag !== undefined) return STRONG_TAG.test(tag) ? { field: 'etag', value: tag } : undefined;
  const value = headers.get('last-modified');
  if (value === undefined) return undefined;
  const modifiedMs = parseHttpDate(value, nowMs);
  const answeredMs = parseHttpDate(headers.get('date') ?? '', nowMs);
  const isStrong =
    modifiedMs !== undefined &&
    answeredMs !== undefined &&
    answeredMs - modifiedMs >= CLEARLY_LATER_MS;
  return isStrong ? { field: 'last-modified', value } : undefined;
}

/** Whether an answer says of itself that it is of another version. One that says nothing does not. */
export function isOther(validator: Validator, headers: HeaderFields): boolean {
  const value = headers.get(validator.field);
  return value !== undefined && value !== validator.value;
}
