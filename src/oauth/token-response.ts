import type { TokenEndpointResponse } from 'oauth4webapi';
import type { OAuthTokens } from './oauth-tokens.js';

/** A token response, with the refresh token that goes on where it brings none. */
export function tokensOf(
  response: TokenEndpointResponse,
  sentAtMs: number,
  before?: OAuthTokens,
): OAuthTokens {
  const { access_token, refresh_token, expires_in = 0, scope, id_token } = response;
  const { login } = before ?? {};
  const refreshToken = refresh_token ?? before?.refreshToken;
  return {
    accessToken: access_token,
    obtainedAtMs: sentAtMs,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(expires_in > 0 ? { expiresAtMs: sentAtMs + expires_in * 1000 } : {}),
    ...(scope === undefined ? {} : { scope }),
    ...(id_token === undefined ? {} : { idToken: id_token }),
    ...(login === undefined ? {} : { login }),
  };
}
