import {
  type AuthorizationServer,
  allowInsecureRequests,
  customFetch,
  discoveryRequest,
  processDiscoveryResponse,
} from 'oauth4webapi';
import type { Observable } from 'rxjs';
import type { Client } from '../client/client.js';
import { checkingInput } from '../errors/from-input.js';
import { invalid } from '../http/invalid-input.js';
import { checkOptionNames, ownOptions } from '../http/option-checks.js';
import { run } from './oauth-run.js';

/** What is known of an authorisation server, by the names of RFC 8414: more of them may be there than these. */
export interface OAuthServer {
  /** An https URL, compared as it is with what responses say (RFC 9207). */
  readonly issuer: string;
  readonly token_endpoint: string;
  readonly authorization_endpoint?: string;
  /** Whether each authorisation response names the issuer; one that does not is refused then. */
  readonly authorization_response_iss_parameter_supported?: boolean;
}

/** Where the metadata of a server is asked for. */
export interface DiscoverServerOptions {
  /** What sends the request. */
  readonly client: Client;
  /** `oidc` asks at `/.well-known/openid-configuration`, `oauth2` where RFC 8414 says. Default `oidc`. */
  readonly by?: 'oidc' | 'oauth2';
  /** Whether plain http will do: for a server on the same machine. Default `false`. */
  readonly allowHttp?: boolean;
}

/**
 * Asks an authorisation server for its metadata (RFC 8414, or OpenID Connect Discovery), and checks that it is the issuer's.
 * Cold: each subscription asks.
 *
 * @example
 * const server = await firstValueFrom(discoverServer('https://login.example.com', { client }));
 */
export function discoverServer(
  issuer: string,
  options: DiscoverServerOptions,
): Observable<OAuthServer> {
  const { client, by, allowHttp, url } = checkingInput(() => {
    checkOptionNames('discoverServer', options, ['client', 'by', 'allowHttp']);
    if (!URL.canParse(issuer)) throw invalid('issuer', 'an absolute URL', issuer);
    return {
      by: 'oidc' as const,
      allowHttp: false,
      ...ownOptions(options),
      url: new URL(issuer),
    };
  });
  return run(client, [], async ({ send, signal }) => {
    const response = await discoveryRequest(url, {
      algorithm: by,
      signal,
      [customFetch]: send,
      [allowInsecureRequests]: allowHttp,
    });
    return checkedServer(await processDiscoveryResponse(url, response));
  });
}

/** @throws InvalidInput for a server that names no place to get tokens at */
export function checkedServer(server: AuthorizationServer | OAuthServer): OAuthServer {
  const { issuer, token_endpoint: tokens } = (server as Partial<OAuthServer> | null) ?? {};
  if (typeof issuer !== 'string' || !URL.canParse(issuer))
    throw invalid('server.issuer', 'an absolute URL', issuer);
  if (typeof tokens !== 'string' || !URL.canParse(tokens))
    throw invalid('server.token_endpoint', 'an absolute URL', tokens);
  return server as OAuthServer;
}
