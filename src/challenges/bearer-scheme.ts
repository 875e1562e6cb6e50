import type { AuthScheme } from './auth-scheme.js';

const B68 = /^[A-Za-z0-9\-._~+/]+=*$/;

/**
 * Bearer (RFC 6750) with a token that cannot be renewed; `authenticate` is for those that can. A challenge that says
 * `insufficient_scope` is not answered: the same token would be refused again.
 */
export const bearerScheme: AuthScheme = {
  name: 'bearer',
  strength: ({ params }) => (params['error'] === 'insufficient_scope' ? undefined : 20),
  begin: (_challenge, credential) =>
    'token' in credential && B68.test(credential.token)
      ? { authorize: () => `Bearer ${credential.token}` }
      : undefined,
};

/** Why a bearer token was refused (RFC 6750 section 3.1). */
export type BearerRefusal =
  'invalid_request' | 'invalid_token' | 'insufficient_scope' | 'no_reason';
