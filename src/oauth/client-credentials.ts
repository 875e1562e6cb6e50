import { clientCredentialsGrantRequest, processClientCredentialsResponse } from 'oauth4webapi';
import type { Observable } from 'rxjs';
import type { AuthenticateOptions } from '../auth/authenticate-options.js';
import { checkingInput } from '../errors/from-input.js';
import { checkedGrant, parametersOf } from './grant.js';
import type { GrantOptions } from './grant-options.js';
import { run } from './oauth-run.js';
import { NO_TOKENS, type OAuthTokens } from './oauth-tokens.js';
import { renewal } from './renewal.js';
import { tokensOf } from './token-response.js';

/**
 * The client credentials grant (RFC 6749 section 4.4): the program speaks for itself. Made for {@link authenticate}: the
 * first request gets a token, and it is renewed before it expires or when it is refused, once for all who wait.
 *
 * Errors: those of `authenticate`; the `cause` of `AUTH_REFRESH_FAILED` is an `auth` error with OAuth's code, such as
 * `OAUTH_INVALID_CLIENT`, or what the token request failed with; only the latter is tried again by a later request.
 *
 * @example
 * authenticate(clientCredentials({ client: tokens, server, clientId: 'robot', clientSecret: secret }));
 * @throws TaskError `request` for a wrong option, naming it
 */
export function clientCredentials(options: GrantOptions): AuthenticateOptions<OAuthTokens> {
  const grant = checkingInput(() => checkedGrant('clientCredentials', options));
  const { client, server, party, authentication, secret, through } = grant;
  const fetchTokens = (): Observable<OAuthTokens> =>
    run(client, [secret], async (running) => {
      const response = await clientCredentialsGrantRequest(
        server,
        party,
        authentication,
        parametersOf(grant),
        through(running),
      );
      const told = await processClientCredentialsResponse(server, party, response);
      return tokensOf(told, running.sentAtMs());
    });
  return { credential: NO_TOKENS, ...renewal(grant, fetchTokens) };
}
