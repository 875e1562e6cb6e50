/** How the pauses between attempts grow. */
export interface BackoffCurve {
  /** The longest first pause, in milliseconds; it doubles with each further one. */
  readonly baseDelayMs: number;
  /** The longest pause of all, in milliseconds. */
  readonly maxDelayMs: number;
}

/**
 * The pause after the given failed attempt (from 1): anything from nothing to `baseDelayMs * 2 ** (attempt - 1)`, at
 * most `maxDelayMs`, each length as likely as any other. This full jitter is what spreads a crowd that failed together.
 */
export function backoffMs(
  attempt: number,
  { baseDelayMs, maxDelayMs }: BackoffCurve,
  random: () => number,
): number {
  const ceilingMs = baseDelayMs === 0 ? 0 : Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1));
  return Math.round(ceilingMs * Math.min(Math.max(random() || 0, 0), 1));
}
