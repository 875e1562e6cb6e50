import type { Client } from '../client/client.js';
import type { OAuthServer } from './oauth-server.js';

/** Puts what shows who the client is on a token request: made by `oauth4webapi`, or like its functions. */
export type ClientAuthentication = (
  server: { readonly issuer: string; readonly token_endpoint: string },
  client: { readonly client_id: string },
  body: URLSearchParams,
  headers: Headers,
) => void | Promise<void>;

/** What every grant needs. */
export interface GrantOptions {
  /** What sends the token requests, with its own deadline and header fields. It may be the client that carries the tokens. */
  readonly client: Client;
  /** The authorisation server's metadata: as written down, or as `discoverServer` found it. */
  readonly server: OAuthServer;
  readonly clientId: string;
  /** Of a confidential client. */
  readonly clientSecret?: string;
  /**
   * How the client shows who it is. Default `client_secret_basic` with a secret, else `none`; or a function of
   * `oauth4webapi`, such as `PrivateKeyJwt(key)`.
   */
  readonly authentication?:
    'client_secret_basic' | 'client_secret_post' | 'none' | ClientAuthentication;
  /** What is asked for, with a space between. Default what the server gives unasked. */
  readonly scope?: string;
  /** Further parameters of the token request: `{ resource: 'https://api.example.com' }` (RFC 8707). */
  readonly parameters?: Readonly<Record<string, string>>;
  /** How long before it expires an access token is renewed, in milliseconds; of a short life, half of it. Default 30,000. */
  readonly marginMs?: number;
  /** Whether plain http will do: for a server on the same machine. Default `false`. */
  readonly allowHttp?: boolean;
}
