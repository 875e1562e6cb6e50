import type { Observable } from 'rxjs';
import type { AuthenticateOptions } from '../auth/authenticate-options.js';
import { isTaskError } from '../errors/task-error.js';
import type { Grant } from './grant.js';
import { type OAuthTokens, carrying, isDue } from './oauth-tokens.js';

/** What all grants tell `authenticate` alike. */
export function renewal(
  { marginMs }: Pick<Grant, 'marginMs'>,
  refresh: (tokens: OAuthTokens) => Observable<OAuthTokens>,
): Required<
  Pick<
    AuthenticateOptions<OAuthTokens>,
    'apply' | 'refresh' | 'requiresRefresh' | 'mayRefreshAgain'
  >
> {
  return {
    apply: carrying,
    refresh,
    requiresRefresh: (tokens, nowMs) => isDue(tokens, nowMs, marginMs),
    // What the server has refused it will refuse again; a server that could not be reached may come back.
    mayRefreshAgain: (cause) =>
      !isTaskError(cause, 'auth') || cause.code === 'OAUTH_STORAGE_FAILED',
  };
}
