import {
  authorizationCodeGrantRequest,
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomNonce,
  generateRandomState,
  processAuthorizationCodeResponse,
  validateAuthResponse,
} from 'oauth4webapi';
import { type Observable, concatMap, defer } from 'rxjs';
import type { AuthenticateOptions } from '../auth/authenticate-options.js';
import { checkingInput } from '../errors/from-input.js';
import { invalid } from '../http/invalid-input.js';
import { type Grant, checkedGrant } from './grant.js';
import type { GrantOptions } from './grant-options.js';
import { run } from './oauth-run.js';
import { checkedEndpoint } from './server-checks.js';
import type { OAuthTokens } from './oauth-tokens.js';
import { tokensOf } from './token-response.js';
import { storageOf } from './refresh-token.js';
import { renewal } from './renewal.js';
import { TokenSession } from './token-session.js';
import type { TokenStorage } from './token-storage.js';

/** How people log in. */
export interface AuthorizationCodeOptions extends GrantOptions {
  /** Where the server sends them back to, as registered with it. */
  readonly redirectUri: string;
  /** Further parameters of the authorisation URL: `{ prompt: 'login' }`. Those of the protocol cannot be replaced. */
  readonly authorizationParameters?: Readonly<Record<string, string>>;
  /** Where the tokens are kept. Default in memory. */
  readonly storage?: TokenStorage;
}

/** A login that has begun. Keep `pending` where only this person can read it until they come back: it is plain data. */
export interface BegunLogin {
  /** Where to send them. */
  readonly url: string;
  readonly pending: PendingLogin;
}

/** What must be known again when they come back. */
export interface PendingLogin {
  readonly state: string;
  readonly codeVerifier: string;
  /** Where `scope` has `openid`. */
  readonly nonce?: string;
}

/** Logging in, staying so, and logging out. */
export interface AuthorizationCodeLogin {
  /** What `authenticate` takes: whose requests these are, and how their tokens are renewed. */
  readonly renewal: AuthenticateOptions<OAuthTokens>;
  /** Makes the URL to send somebody to, with a `state` and a PKCE challenge (S256) of its own at each subscription. */
  begin(): Observable<BegunLogin>;
  /**
   * Takes the URL that they came back with: checks `state` and `iss`, exchanges the code, keeps the tokens. From then on
   * requests are theirs. Errors: `auth` with OAuth's code (`OAUTH_ACCESS_DENIED`), `OAUTH_RESPONSE_INVALID` for a wrong
   * `state` or `iss`, `OAUTH_STORAGE_FAILED`, or what the token request failed with.
   */
  complete(callback: string | URL, pending: PendingLogin): Observable<OAuthTokens>;
  /** Forgets the tokens; requests in flight are ended first. The server is not told. */
  signOut(): Observable<never>;
}

/**
 * The authorisation code grant (RFC 6749 section 4.1) with PKCE (RFC 7636), `state` and `iss` (RFC 9207).
 *
 * @example
 * const login = authorizationCode({ client: tokens, server, clientId: 'app', redirectUri: 'https://app.example.com/back' });
 * const client = createClient({ baseUrl: 'https://api.example.com', interceptors: [authenticate(login.renewal)] });
 * login.begin().subscribe(({ url, pending }) => { sessionStorage.setItem('login', JSON.stringify(pending)); location.assign(url); });
 * // back at the redirectUri:
 * login.complete(location.href, JSON.parse(sessionStorage.getItem('login') ?? '{}')).subscribe();
 * @throws TaskError `request` for a wrong option, naming it
 */
export function authorizationCode(options: AuthorizationCodeOptions): AuthorizationCodeLogin {
  const own = ['redirectUri', 'authorizationParameters', 'storage'];
  const { grant, storage, endpoint, redirectUri, extra } = checkingInput(() => ({
    grant: checkedGrant('authorizationCode', options, own),
    storage: storageOf('authorizationCode', options),
    endpoint: checkedEndpoint(
      'authorizationCode.server.authorization_endpoint',
      options.server.authorization_endpoint,
      options.allowHttp === true,
    ),
    redirectUri: checkedUrl('authorizationCode.redirectUri', options.redirectUri),
    extra: { ...options.authorizationParameters },
  }));
  const session = new TokenSession(grant, storage);
  return {
    renewal: {
      credential$: session.tokens$,
      ...renewal(grant, (tokens) => session.renew(tokens)),
    },
    begin: () => defer(() => begun(grant, endpoint, redirectUri, extra)),
    complete: (callback, pending) =>
      defer(() => checkingInput(() => exchanged(grant, callback, pending, redirectUri))).pipe(
        concatMap((tokens) => session.signIn(tokens)),
      ),
    signOut: () => session.signOut(),
  };
}

async function begun(
  { party, scope }: Grant,
  endpoint: string,
  redirectUri: string,
  extra: Readonly<Record<string, string>>,
): Promise<BegunLogin> {
  const codeVerifier = generateRandomCodeVerifier();
  const pending: PendingLogin = {
    state: generateRandomState(),
    codeVerifier,
    ...(isOpenId(scope) ? { nonce: generateRandomNonce() } : {}),
  };
  const url = new URL(endpoint);
  const parameters = {
    ...extra,
    client_id: party.client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    state: pending.state,
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    ...(scope === undefined ? {} : { scope }),
    ...(pending.nonce === undefined ? {} : { nonce: pending.nonce }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return { url: url.href, pending };
}

function exchanged(
  grant: Grant,
  callback: string | URL,
  pending: PendingLogin,
  redirectUri: string,
): Observable<OAuthTokens> {
  const { client, server, party, authentication, secret, parameters, through } = grant;
  const came = new URL(checkedUrl('callback', String(callback)));
  const { state, codeVerifier, nonce } = checkedPending(pending);
  const secrets = [secret, codeVerifier, came.searchParams.get('code') ?? undefined, state];
  return run(client, secrets, async (running) => {
    const told = validateAuthResponse(server, party, came, state);
    const response = await authorizationCodeGrantRequest(
      server,
      party,
      authentication,
      told,
      redirectUri,
      codeVerifier,
      { ...through(running), additionalParameters: new URLSearchParams(parameters) },
    );
    const tokens = await processAuthorizationCodeResponse(server, party, response, {
      ...(nonce === undefined ? {} : { expectedNonce: nonce, requireIdToken: true }),
    });
    return tokensOf(tokens, running.sentAtMs());
  });
}

function checkedPending(given: PendingLogin): PendingLogin {
  const { state, codeVerifier, nonce } = (given as Partial<PendingLogin> | null) ?? {};
  if (typeof state !== 'string' || state === '' || typeof codeVerifier !== 'string')
    throw invalid('pending', 'what begin() gave: with a state and a codeVerifier');
  return { state, codeVerifier, ...(nonce === undefined ? {} : { nonce }) };
}

function checkedUrl(field: string, url: string | undefined): string {
  if (typeof url !== 'string' || !URL.canParse(url)) throw invalid(field, 'an absolute URL', url);
  return url;
}

function isOpenId(scope: string | undefined): boolean {
  return scope?.split(' ').includes('openid') === true;
}
