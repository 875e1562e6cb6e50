import { invalid } from './invalid-input.js';

/** A value that a query can say; `null` and `undefined` are left out. */
export type QueryValue =
  | string
  | number
  | boolean
  | bigint
  | Date
  | null
  | undefined
  | readonly QueryValue[]
  | { readonly [key: string]: QueryValue };

/** The query of a request: nested values become `a[b]`, arrays `a[]`, as axios writes them. */
export type QueryParams = URLSearchParams | { readonly [key: string]: QueryValue };

const DEEPEST = 100;

/**
 * Writes a query as axios does: `a[]=1&a[]=2` for arrays, `a[b]=c` for records, ISO 8601 for dates, `+` for a space,
 * `:`, `$` and `,` as they are.
 * @throws TaskError `request` for records nested more than 100 deep or in a circle
 */
export function serializeParams(params: QueryParams): string {
  if (
    params instanceof URLSearchParams ||
    Object.prototype.toString.call(params) === '[object URLSearchParams]'
  ) {
    return (params as URLSearchParams).toString();
  }
  if (typeof params !== 'object' || (params as unknown) === null)
    throw invalid('params', 'a record or URLSearchParams', params);
  const pairs: string[] = [];
  for (const [key, value] of Object.entries(params as Record<string, QueryValue>)) {
    if (typeof value !== 'object' || value === null || value instanceof Date)
      append(pairs, key, value, 0);
    else if (key.endsWith('{}')) append(pairs, key, asJson(key, value), 0);
    else if (Array.isArray(value) && value.every(isFlat)) {
      const name = key.endsWith('[]') ? key : `${key}[]`;
      for (const item of value as readonly QueryValue[]) append(pairs, name, item, 0);
    } else append(pairs, key, value, 0);
  }
  return pairs.join('&');
}

/** What axios does for a key that ends with braces. */
function asJson(key: string, value: QueryValue): string {
  try {
    return JSON.stringify(value);
  } catch {
    throw invalid(`params.${key}`, 'what JSON can say');
  }
}

function isFlat(item: QueryValue): boolean {
  return typeof item !== 'object' || item === null || item instanceof Date;
}

/** Below the top every array has its indices: `a[b][0]=1`. */
function append(pairs: string[], key: string, value: QueryValue, depth: number): void {
  if (value === null || value === undefined) return;
  if (depth > DEEPEST) throw invalid('params', `at most ${String(DEEPEST)} levels, and no circle`);
  if (typeof value !== 'object' || value instanceof Date) {
    pairs.push(`${encode(key)}=${encode(plain(key, value))}`);
    return;
  }
  // The index of an array and the key of a record are written alike.
  for (const [inner, item] of Object.entries(value))
    append(pairs, `${key}[${inner}]`, item, depth + 1);
}

function plain(key: string, value: string | number | boolean | bigint | Date): string {
  if (typeof value === 'symbol' || typeof value === 'function')
    throw invalid(`params.${key}`, 'a value that a query can say', value);
  if (!(value instanceof Date)) return String(value);
  if (Number.isNaN(value.getTime())) throw invalid(`params.${key}`, 'a valid date');
  return value.toISOString();
}

function encode(text: string): string {
  // A lone surrogate has no UTF-8 form: written as U+FFFD, as URL parsers do, instead of throwing URIError.
  return encodeURIComponent(
    text.replace(
      /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g,
      '\uFFFD',
    ),
  )
    .replace(/%3A/gi, ':')
    .replace(/%24/g, '$')
    .replace(/%2C/gi, ',')
    .replace(/%20/g, '+');
}
