import type { AuthenticateOptions } from '../auth/authenticate-options.js';
import { checkingInput } from '../errors/from-input.js';
import { invalid } from '../http/invalid-input.js';
import { checkFunction } from '../http/option-checks.js';
import { checkedGrant } from './grant.js';
import type { GrantOptions } from './grant-options.js';
import { type OAuthTokens, areTokens } from './oauth-tokens.js';
import { renewal } from './renewal.js';
import { TokenSession } from './token-session.js';
import { type TokenStorage, tokensInMemory } from './token-storage.js';

/** How tokens that were got elsewhere are renewed. */
export interface RefreshTokenOptions extends GrantOptions {
  /** The tokens to begin with, unless the storage has some: `{ accessToken: '', refreshToken }` will do. */
  readonly tokens?: OAuthTokens;
  /** Where they are kept. Default in memory. */
  readonly storage?: TokenStorage;
}

/**
 * The refresh token grant (RFC 6749 section 6), made for {@link authenticate}: the access token is renewed before it
 * expires or when it is refused, once for all who wait. Where the server rotates refresh tokens, the new one is in the storage before the
 * new access token is used. Without tokens, requests go without.
 *
 * Errors: those of `authenticate`; the `cause` of `AUTH_REFRESH_FAILED` is an `auth` error with OAuth's code, such as
 * `OAUTH_INVALID_GRANT`, `OAUTH_NO_REFRESH_TOKEN`, `OAUTH_STORAGE_FAILED`, or what the token request failed with. A storage
 * that cannot be read at first is `AUTH_CREDENTIAL_FAILED`.
 *
 * @example
 * authenticate(refreshToken({ client: tokens, server, clientId: 'app', storage }));
 * @throws TaskError `request` for a wrong option, naming it
 */
export function refreshToken(options: RefreshTokenOptions): AuthenticateOptions<OAuthTokens> {
  const { grant, storage } = checkingInput(() => ({
    grant: checkedGrant('refreshToken', options, ['tokens', 'storage']),
    storage: storageOf('refreshToken', options),
  }));
  const session = new TokenSession(grant, storage);
  return {
    credential$: session.tokens$,
    ...renewal(grant, (tokens) => session.renew(tokens)),
  };
}

/** The storage, checked, with the first tokens where it has none. @throws InvalidInput */
export function storageOf(
  where: string,
  { tokens, storage }: Pick<RefreshTokenOptions, 'tokens' | 'storage'>,
): TokenStorage {
  if (tokens !== undefined && !areTokens(tokens))
    throw invalid(`${where}.tokens`, 'tokens with an accessToken, which may be empty');
  if (storage === undefined) return tokensInMemory(tokens ?? null);
  checkFunction(`${where}.storage.read`, (storage as Partial<TokenStorage> | null)?.read);
  checkFunction(`${where}.storage.write`, (storage as Partial<TokenStorage> | null)?.write);
  return storage;
}
