import type { HeaderFields } from './header-fields.js';
import { parseHttpDate } from './http-date.js';
import { rateLimitResetMs } from './rate-limit-reset.js';

/**
 * How long an answer asks to be left alone, in milliseconds; `undefined` when it does not say.
 *
 * `Retry-After` (RFC 9110 section 10.2.3), in seconds or as an HTTP-date, goes before what the rate-limit fields tell.
 * A date is read against the answer's own `Date`, so that a client whose clock is wrong does not come too early;
 * without one against `nowMs`. What cannot be read is as if it were not there; what lies in the past is 0.
 */
export function retryAfterMs(
  status: number,
  headers: HeaderFields,
  nowMs: number,
): number | undefined {
  const date = headers.get('date');
  const serverNowMs = (date === undefined ? undefined : parseHttpDate(date, nowMs)) ?? nowMs;
  return (
    fromRetryAfter(headers.getAll('retry-after'), serverNowMs) ??
    rateLimitResetMs(status, headers, serverNowMs)
  );
}

const SECONDS = /^\d+(?:\.\d+)?$/;

/** The longest of what the lines ask for. */
function fromRetryAfter(lines: readonly string[], nowMs: number): number | undefined {
  let longestMs: number | undefined;
  for (const line of lines) {
    const text = line.trim();
    const dateMs = parseHttpDate(text, nowMs);
    // Lines that somebody on the way joined stand behind commas.
    const waits =
      dateMs === undefined
        ? text.split(',').map((part) => secondsToMs(part.trim()))
        : [Math.max(0, dateMs - nowMs)];
    for (const waitMs of waits)
      if (waitMs !== undefined) longestMs = Math.max(longestMs ?? 0, waitMs);
  }
  return longestMs;
}

function secondsToMs(text: string): number | undefined {
  if (!SECONDS.test(text)) return undefined;
  return Math.min(Math.ceil(Number(text) * 1000), Number.MAX_SAFE_INTEGER);
}
