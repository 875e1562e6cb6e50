import { type TaskError, isTaskError } from '../errors/task-error.js';
import { parseChallenges } from '../http/challenge.js';
import type { BearerRefusal } from './bearer-scheme.js';

/**
 * Why a bearer token was refused (RFC 6750 section 3.1); `undefined` when the error is no refusal of one.
 *
 * @example
 * authenticate({ apply: bearer, refresh, isFailure: (error) => bearerRefusal(error) === 'invalid_token' });
 */
export function bearerRefusal(error: TaskError): BearerRefusal | undefined {
  if (!isTaskError(error, 'status')) return undefined;
  const challenge = parseChallenges(error.response.headers.getAll('www-authenticate')).find(
    ({ scheme }) => scheme === 'bearer',
  );
  if (challenge === undefined) return undefined;
  const reason = challenge.params['error'];
  return reason === 'invalid_token' ||
    reason === 'insufficient_scope' ||
    reason === 'invalid_request'
    ? reason
    : 'no_reason';
}
