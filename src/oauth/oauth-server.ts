import {
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
import { checkServer, checkedEndpoint } from './server-checks.js';

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
    const { client: sender, by: way = 'oidc', allowHttp: plain = false } = ownOptions(options);
    if (typeof (sender as Partial<Client> | undefined)?.request !== 'function')
      throw invalid('discoverServer.client', 'a client', typeof sender);
    if (!['oidc', 'oauth2'].includes(way))
      throw invalid('discoverServer.by', 'oidc or oauth2', way);
    const at = new URL(checkedEndpoint('issuer', issuer, plain));
    return { client: sender, by: way, allowHttp: plain, url: at };
  });
  return run(client, [], async ({ send, signal }) => {
    const response = await discoveryRequest(url, {
      algorithm: by,
      signal,
      [customFetch]: send,
      [allowInsecureRequests]: allowHttp,
    });
    const server = await processDiscoveryResponse(url, response);
    checkServer(server, 'server', allowHttp);
    return server as OAuthServer;
  });
}
