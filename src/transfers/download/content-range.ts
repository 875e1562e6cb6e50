/** What a `Content-Range` says (RFC 9110 section 14.4), in bytes. */
export interface ContentRange {
  /** The first and the last byte; both `undefined` in a 416. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** The length of the whole; `undefined` when the server does not know it. */
  readonly total: number | undefined;
}

const FORM = /^bytes +(?:(\d{1,16})-(\d{1,16})|\*)\/(?:(\d{1,16})|\*)$/i;

/** Reads a `Content-Range`; `undefined` for what is none, or contradicts itself. */
export function parseContentRange(text: string | undefined): ContentRange | undefined {
  const match = FORM.exec(text?.trim() ?? '');
  if (match === null) return undefined;
  const [first, last, total] = match
    .slice(1)
    .map((digits: string | undefined) => (digits === undefined ? undefined : Number(digits)));
  if (first === undefined || last === undefined)
    return total === undefined ? undefined : { first: undefined, last: undefined, total };
  if (first > last || (total !== undefined && last >= total)) return undefined;
  return Number.isSafeInteger(last) ? { first, last, total } : undefined;
}
