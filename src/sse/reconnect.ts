/**
 * The pause before a reconnect, in milliseconds: the server's (or the default) pause after a stream that was open, and
 * twice as much at each failure in a row, with full jitter above the pause itself, up to the cap.
 */
export function reconnectDelayMs(
  {
    baseMs,
    maxMs,
    failures,
  }: { readonly baseMs: number; readonly maxMs: number; readonly failures: number },
  random: () => number,
): number {
  const base = Math.min(baseMs, maxMs);
  const ceiling = Math.min(Math.max(base, 100) * 2 ** Math.min(failures, 30), maxMs);
  return failures === 0 ? base : base + random() * Math.max(0, ceiling - base);
}
