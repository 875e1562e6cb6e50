import type { TaskError } from '../errors/task-error.js';

/** Status codes that say the same request may do better later. */
export const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Whether a failure may pass by itself.
 *
 * `repeatable` says whether the request may arrive twice: its method is idempotent, or the caller asked for it. A
 * request that never reached the server may be sent again in any case; one that timed out may have been carried out.
 */
export function isTransient(
  error: TaskError,
  repeatable: boolean,
  statuses: ReadonlySet<number>,
): boolean {
  switch (error.kind) {
    case 'network':
      return repeatable || !error.sent;
    case 'timeout':
      return repeatable;
    case 'status':
      return repeatable && statuses.has(error.status);
    default:
      return false;
  }
}
