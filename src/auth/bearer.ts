import type { TaskRequest } from '../http/request.js';

/**
 * The request with `Authorization: Bearer …` (RFC 6750 section 2.1): for the `apply` of {@link authenticate}.
 *
 * @example
 * authenticate({ credential: 'token', apply: bearer });
 */
export function bearer(request: TaskRequest, token: string): TaskRequest {
  return request.clone({ headers: request.headers.set('Authorization', `Bearer ${token}`) });
}
