import type { HeaderFields } from './header-fields.js';

/** Names under which servers say how much is left and when there is more, the standard's first. */
const FAMILIES = ['ratelimit', 'x-ratelimit', 'x-rate-limit'] as const;
const QUOTED = /"(?:[^"\\]|\\.?)*(?:"|$)/gs;
const PARAMETER = /^([a-z]+)=(\d+(?:\.\d+)?)$/;
const NUMBER = /^\d+(?:\.\d+)?$/;
/** As seconds from now these would be 31 years and 31,000: they are seconds and milliseconds since 1970. */
const LEAST_EPOCH_SECONDS = 1e9;
const LEAST_EPOCH_MS = 1e12;

interface Quota {
  readonly remaining: number | undefined;
  readonly reset: number | undefined;
}

/**
 * Milliseconds until a used-up quota is filled again, by the `RateLimit` field (IETF draft, and the forms it had
 * before), `RateLimit-Reset`, `X-RateLimit-Reset` or `X-Rate-Limit-Reset`: seconds from now, or since 1970.
 *
 * A reset counts only when nothing remains, or with status 429 when the answer does not say what remains: servers
 * send these fields with every answer, and an ordinary 500 is not told to wait for the next window.
 */
export function rateLimitResetMs(
  status: number,
  headers: HeaderFields,
  nowMs: number,
): number | undefined {
  const quotas = [
    ...fromField(headers.get('ratelimit') ?? ''),
    ...FAMILIES.map((family) => fromFamily(headers, family)),
  ];
  let longestMs: number | undefined;
  for (const { remaining, reset } of quotas) {
    if (reset === undefined || !(remaining === undefined ? status === 429 : remaining === 0))
      continue;
    longestMs = Math.max(longestMs ?? 0, untilMs(reset, nowMs));
  }
  return longestMs;
}

/** `"policy";r=0;t=30`, one quota a member; earlier drafts wrote `limit=100, remaining=0, reset=30`. */
function fromField(field: string): Quota[] {
  const quotas: Quota[] = [];
  let remaining: number | undefined;
  let reset: number | undefined;
  for (const member of field.replace(QUOTED, '').split(',')) {
    const parameters = new Map<string, number>();
    for (const part of member.split(';')) {
      const match = PARAMETER.exec(part.trim());
      if (match !== null) parameters.set(match[1] ?? '', Number(match[2]));
    }
    quotas.push({ remaining: parameters.get('r'), reset: parameters.get('t') });
    remaining = parameters.get('remaining') ?? remaining;
    reset = parameters.get('reset') ?? reset;
  }
  quotas.push({ remaining, reset });
  return quotas;
}

function fromFamily(headers: HeaderFields, family: string): Quota {
  return {
    remaining: numberOf(headers.get(`${family}-remaining`)),
    reset: numberOf(headers.get(`${family}-reset`)),
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && NUMBER.test(text) ? Number(text) : undefined;
}

function untilMs(reset: number, nowMs: number): number {
  const waitMs =
    reset >= LEAST_EPOCH_MS
      ? reset - nowMs
      : reset >= LEAST_EPOCH_SECONDS
        ? reset * 1000 - nowMs
        : reset * 1000;
  return Math.min(Math.max(0, Math.ceil(waitMs)), Number.MAX_SAFE_INTEGER);
}
