export {
  type AuthorizationCodeLogin,
  type AuthorizationCodeOptions,
  type BegunLogin,
  type PendingLogin,
  authorizationCode,
} from './authorization-code.js';
export { clientCredentials } from './client-credentials.js';
export type { ClientAuthentication, GrantOptions } from './grant-options.js';
export { type DiscoverServerOptions, type OAuthServer, discoverServer } from './oauth-server.js';
export type { OAuthTokens } from './oauth-tokens.js';
export { type RefreshTokenOptions, refreshToken } from './refresh-token.js';
export type { TokenStorage } from './token-storage.js';
