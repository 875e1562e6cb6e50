import type { ResponseHead } from '../../http/response.js';
import { isCoded } from './coded.js';
import { type ContentRange, parseContentRange } from './content-range.js';
import { contradict, wantedDigests } from './digest-fields.js';
import type { WantedDigest } from './running-digest.js';
import { type Validator, isOther, strongValidator } from './validator.js';

/** What is known of a resource of which some bytes are there. */
export interface Known {
  /** Bytes that are there, from the first. */
  readonly offset: number;
  readonly validator: Validator | undefined;
  readonly totalBytes: number | undefined;
  readonly digests: readonly WantedDigest[];
}

/** What an answer is to somebody who has the first `offset` bytes. */
export type Verdict =
  /** The bytes from the first one. */
  | { readonly type: 'whole' }
  /** Bytes that go on, behind some that are there already; `takeBytes` in all, `undefined` to its end. */
  | {
      readonly type: 'goes-on';
      readonly skipBytes: number;
      readonly takeBytes: number | undefined;
      readonly totalBytes: number | undefined;
    }
  /** Bytes of another version. */
  | { readonly type: 'changed'; readonly why: string }
  /** Nothing that can be used. */
  | { readonly type: 'unusable'; readonly why: string };

/** Judges an answer by its head alone. */
export function judge(head: ResponseHead, known: Known): Verdict {
  const { status, headers } = head;
  if (status === 206) return judgePart(head, known);
  if (known.offset === 0) return { type: 'whole' };
  if (status !== 200)
    return { type: 'unusable', why: `answered ${String(status)} to a request for a part` };
  const why = difference(head, known, lengthOf(head));
  const { validator, offset, totalBytes } = known;
  if (why !== undefined) return { type: 'changed', why };
  // The whole once more: only what says of itself that it is the same may be gone on with.
  if (validator === undefined || headers.get(validator.field) !== validator.value)
    return { type: 'changed', why: 'the whole came again, and nothing says that it is the same' };
  const takeBytes = totalBytes === undefined ? undefined : totalBytes - offset;
  return { type: 'goes-on', skipBytes: offset, takeBytes, totalBytes };
}

function judgePart(head: ResponseHead, known: Known): Verdict {
  const { headers } = head;
  const type = headers.get('content-type') ?? '';
  if (/^multipart\/byteranges/i.test(type.trim()))
    return { type: 'unusable', why: 'answered with several ranges' };
  if (isCoded(headers)) return { type: 'unusable', why: 'a part of a coded body cannot be undone' };
  const range = parseContentRange(headers.get('content-range'));
  if (range?.first === undefined || range.last === undefined)
    return { type: 'unusable', why: 'a part without a usable Content-Range' };
  const { first, last, total } = range;
  const why = difference(head, known, total);
  if (why !== undefined) return { type: 'changed', why };
  const length = lengthOf(head);
  if (length !== undefined && length !== last - first + 1)
    return { type: 'unusable', why: 'Content-Range and Content-Length contradict each other' };
  if (known.offset === 0)
    return first === 0 && last + 1 === total
      ? { type: 'whole' }
      : { type: 'unusable', why: 'a part that nobody asked for' };
  return withinReach(range, first, last, known);
}

function withinReach(
  { total }: ContentRange,
  first: number,
  last: number,
  { offset, totalBytes }: Known,
): Verdict {
  if (first > offset || last < offset)
    return {
      type: 'unusable',
      why: `the part ${String(first)}-${String(last)} does not hold byte ${String(offset)}`,
    };
  return {
    type: 'goes-on',
    skipBytes: offset - first,
    takeBytes: last - offset + 1,
    totalBytes: totalBytes ?? total,
  };
}

/** In what an answer says that it is of another version; `undefined` when in nothing. */
function difference(
  { headers }: ResponseHead,
  { offset, validator, totalBytes, digests }: Known,
  itsTotal: number | undefined,
): string | undefined {
  if (offset === 0) return undefined;
  if (validator !== undefined && isOther(validator, headers))
    return `its ${validator.field} is another`;
  if (itsTotal !== undefined && totalBytes !== undefined && itsTotal !== totalBytes)
    return `it has ${String(itsTotal)} bytes, not ${String(totalBytes)}`;
  if (contradict(digests, wantedDigests(headers, 'repr-digest'))) return 'its digest is another';
  return undefined;
}

/** The length that an answer states for the bytes that we see: none for a coded one. */
export function lengthOf({ headers }: ResponseHead): number | undefined {
  const text = headers.get('content-length');
  return text !== undefined && /^\d{1,16}$/.test(text) && !isCoded(headers)
    ? Number(text)
    : undefined;
}

/**
 * By what an answer that brings the first byte can be gone on with. Without a length there is no telling whether somebody
 * on the way has undone a coding: then no part would fit.
 */
export function resumableBy(
  head: ResponseHead,
  nowMs: number,
): { readonly validator: Validator; readonly totalBytes: number } | undefined {
  const totalBytes = lengthOf(head);
  if (totalBytes === undefined || (head.status !== 200 && head.status !== 206)) return undefined;
  const validator = strongValidator(head.headers, nowMs);
  return validator === undefined ? undefined : { validator, totalBytes };
}
