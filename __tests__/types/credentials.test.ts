/** Decided by the compiler: `tsc` is a step of `npm test`. jest only runs the lines. */
import { describe, it } from '@jest/globals';
import { type AuthenticateOptions, type Policy, authenticate, createClient } from 'coldwire';
import type { CredentialStorage } from 'coldwire/challenges';
import { type CookieJarLike, COOKIES, cookieJar } from 'coldwire/cookies';
import { type KeyringOptions, type OpenEntry, keyringStorage } from 'coldwire/keyring';
import {
  type AuthorizationCodeLogin,
  type BegunLogin,
  type ClientAuthentication,
  type GrantOptions,
  type OAuthServer,
  type OAuthTokens,
  type TokenStorage,
  authorizationCode,
  clientCredentials,
  discoverServer,
  refreshToken,
} from 'coldwire/oauth';
import { answer } from 'coldwire/testing';
import type { AsyncEntry } from '@napi-rs/keyring';
import { expectTypeOf } from 'expect-type';
import { ClientSecretJwt, PrivateKeyJwt } from 'oauth4webapi';
import type { Observable } from 'rxjs';
import { CookieJar } from 'tough-cookie';

const client = createClient({ factory: { make: () => answer.json(200, {}) } });
const server: OAuthServer = {
  issuer: 'https://a.example.com',
  token_endpoint: 'https://a.example.com/token',
  authorization_endpoint: 'https://a.example.com/auth',
};
const grant: GrantOptions = { client, server, clientId: 'c' };

describe('the grants of OAuth, by their types', () => {
  it('are options of authenticate', () => {
    expectTypeOf(clientCredentials(grant)).toEqualTypeOf<AuthenticateOptions<OAuthTokens>>();
    expectTypeOf(refreshToken(grant)).toEqualTypeOf<AuthenticateOptions<OAuthTokens>>();
    expectTypeOf(authenticate(clientCredentials(grant))).toEqualTypeOf<Policy>();
    expectTypeOf(
      authenticate({ ...clientCredentials(grant), maxRefreshes: 2 }),
    ).toEqualTypeOf<Policy>();
  });

  it('take the library’s ways to show who a client is, and one’s own', () => {
    expectTypeOf(ClientSecretJwt).returns.toExtend<ClientAuthentication>();
    expectTypeOf(PrivateKeyJwt).returns.toExtend<ClientAuthentication>();
    clientCredentials({ ...grant, authentication: ClientSecretJwt('a secret') });
    clientCredentials({
      ...grant,
      authentication: (_server, party, body) => body.set('x', party.client_id),
    });
    const tattoo = { ...grant, authentication: 'client_secret_tattoo' } as const;
    // @ts-expect-error -- no such way
    expectTypeOf(() => clientCredentials(tattoo)).toBeFunction();
  });

  it('cannot be made without a client or a server', () => {
    // @ts-expect-error -- who would send it?
    expectTypeOf(() => clientCredentials({ server, clientId: 'c' })).toBeFunction();
    const nowhere = { ...grant, server: { issuer: 'https://a' } };
    // @ts-expect-error -- no place to get tokens at
    expectTypeOf(() => clientCredentials(nowhere)).toBeFunction();
    // @ts-expect-error -- where to come back to?
    expectTypeOf(() => authorizationCode(grant)).toBeFunction();
  });

  it('a login is Observables, and a discovered server goes into a grant', () => {
    const login = authorizationCode({ ...grant, redirectUri: 'https://app.example.com/back' });
    expectTypeOf(login).toEqualTypeOf<AuthorizationCodeLogin>();
    expectTypeOf(login.begin()).toEqualTypeOf<Observable<BegunLogin>>();
    expectTypeOf(login.complete).returns.toEqualTypeOf<Observable<OAuthTokens>>();
    expectTypeOf(login.signOut()).toEqualTypeOf<Observable<never>>();
    expectTypeOf(discoverServer).returns.toEqualTypeOf<Observable<OAuthServer>>();
  });

  it('a storage may be of promises, of Observables or of both', () => {
    expectTypeOf<{
      read: () => Promise<OAuthTokens | null>;
      write: (tokens: OAuthTokens | null) => Observable<void>;
    }>().toExtend<TokenStorage>();
    expectTypeOf<{ read: () => string; write: () => Promise<void> }>().not.toExtend<TokenStorage>();
  });
});

describe('cookies, by their types', () => {
  it('a jar of tough-cookie is one, and the policy keeps what a pipe delivers', () => {
    expectTypeOf<CookieJar>().toExtend<CookieJarLike>();
    expectTypeOf(cookieJar(new CookieJar())).toEqualTypeOf<Policy>();
    expectTypeOf(client.get<string>('https://a/').pipe(cookieJar())).toEqualTypeOf<
      Observable<string>
    >();
    expectTypeOf(COOKIES.of).parameter(0).toEqualTypeOf<boolean>();
    // @ts-expect-error -- a function is no jar
    expectTypeOf(() => cookieJar({ getCookies: () => 'k=1' })).toBeFunction();
  });
});

describe('a key chain, by its types', () => {
  it('is a storage of challenges; an entry of the library is one', () => {
    expectTypeOf(keyringStorage).returns.toEqualTypeOf<CredentialStorage>();
    expectTypeOf<(service: string, account: string) => AsyncEntry>().toExtend<OpenEntry>();
    expectTypeOf<KeyringOptions>().toHaveProperty('service').toEqualTypeOf<string>();
    // @ts-expect-error -- whose entries?
    expectTypeOf(() => keyringStorage({})).toBeFunction();
  });
});
