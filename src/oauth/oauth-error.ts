import {
  AuthorizationResponseError,
  OperationProcessingError,
  ResponseBodyError,
  UnsupportedOperationError,
} from 'oauth4webapi';
import { fromInput } from '../errors/from-input.js';
import { isTaskError, taskError } from '../errors/task-error.js';
import { withoutSecrets } from '../errors/without-secrets.js';
import { cap } from '../http/redact.js';
import type { TaskRequest } from '../http/request.js';

const SHORTEST_SECRET = 4;
const LONGEST_CODE = 60;

/**
 * What the library or the client failed with, as an error of the union: `auth` with the code of OAuth (`invalid_grant` is
 * `OAUTH_INVALID_GRANT`), or what the request itself failed with. Causes of the library hold what was sent: none is kept.
 */
export function oauthError(
  cause: unknown,
  request: TaskRequest | undefined,
  secrets: readonly (string | undefined)[],
): unknown {
  const known = secrets
    .filter((secret) => secret !== undefined && secret.length >= SHORTEST_SECRET)
    .flatMap((secret) => [secret as string, encodeURIComponent(secret as string)])
    .sort((one, other) => other.length - one.length);
  return withoutSecrets(typed(cause, request), known);
}

function typed(cause: unknown, request: TaskRequest | undefined): unknown {
  if (isTaskError(cause)) return cause;
  if (cause instanceof ResponseBodyError || cause instanceof AuthorizationResponseError) {
    const { error, error_description: description } = cause;
    const why = description === undefined ? '' : ` (${cap(description, 200)})`;
    return oauthRefusal(
      error,
      `the authorisation server refused: ${cap(error, LONGEST_CODE)}${why}`,
      request,
    );
  }
  if (cause instanceof OperationProcessingError || cause instanceof UnsupportedOperationError)
    return oauthRefusal('response_invalid', cause.message, request);
  return fromInput(cause, request);
}

/** An `auth` error with a code of OAuth in the form of coldwire's. */
export function oauthRefusal(error: string, message: string, request?: TaskRequest): Error {
  const code = `OAUTH_${cap(error, LONGEST_CODE)
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')}`;
  return taskError('auth', {}, { request, code, message });
}
