import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Client, authenticate, createClient } from 'coldwire';
import {
  type AuthorizationCodeLogin,
  type AuthorizationCodeOptions,
  type BegunLogin,
  type OAuthServer,
  type OAuthTokens,
  type TokenStorage,
  authorizationCode,
  discoverServer,
  refreshToken,
} from 'coldwire/oauth';
import { type Observable, firstValueFrom, lastValueFrom, throwError } from 'rxjs';
import { APP, type Ground, SECRETS, ground } from './authorization-server.js';
import { person } from './person.js';

let made: Ground;
let server: OAuthServer;
const tokens = createClient();
beforeEach(async () => {
  made = await ground();
  server = await firstValueFrom(discoverServer(made.issuer, { client: tokens, allowHttp: true }));
});
afterEach(() => made.stop());

const failure = (source: Observable<unknown>): Promise<unknown> =>
  lastValueFrom(source, { defaultValue: undefined }).then(
    () => 'no failure',
    (cause: unknown) => cause,
  );
const loginWith = (options: Partial<AuthorizationCodeOptions> = {}): AuthorizationCodeLogin =>
  authorizationCode({
    client: tokens,
    server,
    ...APP,
    scope: 'openid',
    redirectUri: made.redirectUri,
    allowHttp: true,
    ...options,
  });
const clientOf = (login: AuthorizationCodeLogin): Client =>
  createClient({ baseUrl: made.api.url, interceptors: [authenticate(login.renewal)] });
const begun = (login: AuthorizationCodeLogin): Promise<BegunLogin> => firstValueFrom(login.begin());

/** Logs somebody in, from the first page to the tokens. */
async function signIn(login: AuthorizationCodeLogin, name: string): Promise<OAuthTokens> {
  const { url, pending } = await begun(login);
  return firstValueFrom(login.complete(await person(name).goesThrough(url), pending));
}

async function revoke(token: string): Promise<void> {
  await (await made.provider.AccessToken.find(token))?.destroy();
}

/** A storage that shows what is in it. */
function shelf(
  first: OAuthTokens | null = null,
): TokenStorage & { kept: OAuthTokens | null; writes: number } {
  const storage = {
    kept: first,
    writes: 0,
    read: () => Promise.resolve(storage.kept),
    write: (given: OAuthTokens | null) => {
      storage.kept = given;
      storage.writes += 1;
      return Promise.resolve();
    },
  };
  return storage;
}

describe('the authorisation code grant, with a certified server, its forms and its cookies', () => {
  it('before it requests go without, after it they are theirs, and after a logout without again', async () => {
    const login = loginWith();
    const client = clientOf(login);
    expect(await failure(client.get('/me'))).toMatchObject({ kind: 'status', status: 401 });
    expect(made.api.requests[0]?.headers.authorization).toBeUndefined();
    const ada = await signIn(login, 'ada');
    expect(ada).toMatchObject({
      accessToken: expect.any(String),
      idToken: expect.stringMatching(/^ey/),
    });
    expect(await firstValueFrom(client.get('/me'))).toBe('ada');
    await signIn(login, 'bob');
    expect(await firstValueFrom(client.get('/me'))).toBe('bob');
    await lastValueFrom(login.signOut(), { defaultValue: undefined });
    expect(await failure(client.get('/me'))).toMatchObject({ kind: 'status', status: 401 });
  });

  it('each begin has a state and an S256 challenge of its own, and parameters that no option replaces', async () => {
    const authorizationParameters = {
      prompt: 'login',
      state: 'mine',
      code_challenge_method: 'plain',
    };
    const login = loginWith({ authorizationParameters });
    const [one, other] = [await begun(login), await begun(login)];
    expect(one.pending.state).not.toBe(other.pending.state);
    const asked = new URL(one.url).searchParams;
    expect(Object.fromEntries(asked)).toEqual({
      prompt: 'login',
      client_id: 'app',
      redirect_uri: made.redirectUri,
      response_type: 'code',
      scope: 'openid',
      state: one.pending.state,
      nonce: one.pending.nonce,
      code_challenge: createHash('sha256').update(one.pending.codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    expect(JSON.parse(JSON.stringify(one))).toEqual(one);
  });

  it('a code is worth nothing without its verifier', async () => {
    const login = loginWith();
    const { url, pending } = await begun(login);
    const back = await person('ada').goesThrough(url);
    const other = (await begun(login)).pending.codeVerifier;
    const error = await failure(login.complete(back, { ...pending, codeVerifier: other }));
    expect(error).toMatchObject({ kind: 'auth', code: 'OAUTH_INVALID_GRANT' });
    const code = new URL(back).searchParams.get('code') ?? 'none';
    const told = inspect(error, { depth: 9 }) + JSON.stringify(error);
    for (const secret of [...SECRETS, code, other, pending.codeVerifier])
      expect(told).not.toContain(secret);
  });

  it.each([
    ['another state', { state: 'forged' }],
    ['no state', { state: null }],
    ['another iss (RFC 9207)', { iss: 'https://evil.example.com' }],
    ['no iss, though the server always says it', { iss: null }],
    ['two codes', { code: ['one', 'two'] }],
  ])('a callback with %s is refused, and its code goes nowhere', async (_what, changes) => {
    const login = loginWith();
    const { url, pending } = await begun(login);
    const back = new URL(await person('ada').goesThrough(url));
    for (const [name, value] of Object.entries(changes)) {
      back.searchParams.delete(name);
      for (const one of [value].flat()) if (one !== null) back.searchParams.append(name, one);
    }
    const error = await failure(login.complete(back, pending));
    expect(error).toMatchObject({ kind: 'auth', code: 'OAUTH_RESPONSE_INVALID' });
    expect(made.tokenRequests).toEqual([]);
  });

  it('who says no is an error with the server’s word for it', async () => {
    const login = loginWith();
    const { pending } = await begun(login);
    const back = new URL(made.redirectUri);
    back.search = String(
      new URLSearchParams({ error: 'access_denied', state: pending.state, iss: made.issuer }),
    );
    expect(await failure(login.complete(back, pending))).toMatchObject({
      kind: 'auth',
      code: 'OAUTH_ACCESS_DENIED',
    });
  });

  it('an ID token for another nonce is refused', async () => {
    const login = loginWith();
    const { url, pending } = await begun(login);
    const back = await person('ada').goesThrough(url);
    expect(await failure(login.complete(back, { ...pending, nonce: 'another' }))).toMatchObject({
      code: 'OAUTH_RESPONSE_INVALID',
    });
  });

  it.each([
    ['no URL', 'nowhere', { state: 's', codeVerifier: 'v' }, 'callback'],
    ['nothing pending', 'https://a/', {}, 'pending'],
  ])('%s is a request error', async (_what, back, pending, field) => {
    const error = await failure(loginWith().complete(back, pending as never));
    expect(error).toMatchObject({ kind: 'request', field });
  });
});

describe('refresh tokens that rotate', () => {
  it('the new one is kept before it is used, and the old one is never used again', async () => {
    const storage = shelf();
    const login = loginWith({ storage });
    const client = clientOf(login);
    let before = await signIn(login, 'ada');
    for (const round of [1, 2, 3]) {
      await revoke(before.accessToken);
      expect(await firstValueFrom(client.get('/me'))).toBe('ada');
      expect(storage.kept?.refreshToken).not.toBe(before.refreshToken);
      expect(made.api.requests.at(-1)?.headers.authorization).toBe(
        `Bearer ${String(storage.kept?.accessToken)}`,
      );
      expect(storage.writes).toBe(1 + round);
      before = storage.kept!;
    }
    expect(
      made.tokenRequests.map(({ grant, status }) => `${String(grant)} ${String(status)}`),
    ).toEqual([
      'authorization_code 200',
      'refresh_token 200',
      'refresh_token 200',
      'refresh_token 200',
    ]);
  });

  it('100 refusals at once are one refresh', async () => {
    const login = loginWith();
    const client = clientOf(login);
    const { accessToken } = await signIn(login, 'ada');
    await revoke(accessToken);
    const all = Array.from({ length: 100 }, () => firstValueFrom(client.get('/me')));
    expect(new Set(await Promise.all(all))).toEqual(new Set(['ada']));
    expect(made.tokenRequests).toHaveLength(2);
  });

  it('what a process before has kept goes on', async () => {
    const kept = await signIn(loginWith(), 'ada');
    const storage = shelf(kept);
    const grant = { client: tokens, server, ...APP, allowHttp: true, storage };
    const client = createClient({
      baseUrl: made.api.url,
      interceptors: [authenticate(refreshToken(grant))],
    });
    expect(await firstValueFrom(client.get('/me'))).toBe('ada');
    await revoke(kept.accessToken);
    expect(await firstValueFrom(client.get('/me'))).toBe('ada');
    expect(storage.kept?.accessToken).not.toBe(kept.accessToken);
  });

  it('a refresh token alone is enough to begin with', async () => {
    const { refreshToken: token = '' } = await signIn(loginWith(), 'ada');
    const grant = { client: tokens, server, ...APP, allowHttp: true };
    const renewal = refreshToken({ ...grant, tokens: { accessToken: '', refreshToken: token } });
    const client = createClient({ baseUrl: made.api.url, interceptors: [authenticate(renewal)] });
    expect(await firstValueFrom(client.get('/me'))).toBe('ada');
  });

  it('what another process has fetched meanwhile is used, without asking the server', async () => {
    const storage = shelf();
    const login = loginWith({ storage });
    const client = clientOf(login);
    const first = await signIn(login, 'ada');
    await firstValueFrom(client.get('/me'));
    await revoke(first.accessToken);
    const elsewhere = clientOf(loginWith({ storage }));
    expect(await firstValueFrom(elsewhere.get('/me'))).toBe('ada');
    const asked = made.tokenRequests.length;
    expect(await firstValueFrom(client.get('/me'))).toBe('ada');
    expect(made.api.requests.at(-1)?.headers.authorization).toBe(
      `Bearer ${String(storage.kept?.accessToken)}`,
    );
    expect(made.tokenRequests).toHaveLength(asked);
  });

  it('a logout in another process ends it here too, and nobody becomes somebody else', async () => {
    const storage = shelf();
    const login = loginWith({ storage });
    const client = clientOf(login);
    const ada = await signIn(login, 'ada');
    await firstValueFrom(client.get('/me'));
    await revoke(ada.accessToken);
    await signIn(loginWith({ storage }), 'bob');
    expect(await failure(client.get('/me'))).toMatchObject({ code: 'IDENTITY_CHANGED' });
    expect(await firstValueFrom(client.get('/me'))).toBe('bob');
    await revoke(storage.kept?.accessToken ?? '');
    storage.kept = null;
    expect(await failure(client.get('/me'))).toMatchObject({ code: 'IDENTITY_CHANGED' });
    expect(await failure(client.get('/me'))).toMatchObject({ kind: 'status', status: 401 });
    expect(made.api.requests.at(-1)?.headers.authorization).toBeUndefined();
  });

  it('a login that could not be kept is none: who was there before stays', async () => {
    const storage = shelf();
    const login = loginWith({ storage });
    const client = clientOf(login);
    const ada = await signIn(login, 'ada');
    const { write } = storage;
    storage.write = () => Promise.reject(new Error('disk full'));
    await expect(signIn(login, 'bob')).rejects.toMatchObject({ code: 'OAUTH_STORAGE_FAILED' });
    storage.write = write;
    await revoke(ada.accessToken);
    expect(await firstValueFrom(client.get('/me'))).toBe('ada');
  });

  it('what could not be kept fails, is not lost, and is kept by the next request', async () => {
    const storage = shelf();
    const login = loginWith({ storage });
    const client = clientOf(login);
    const { accessToken } = await signIn(login, 'ada');
    await revoke(accessToken);
    const { write } = storage;
    storage.write = () => throwError(() => new Error('disk full')) as never;
    const error = await failure(client.get('/me'));
    expect(error).toMatchObject({ cause: { kind: 'auth', code: 'OAUTH_STORAGE_FAILED' } });
    storage.write = write;
    expect(await firstValueFrom(client.get('/me'))).toBe('ada');
    expect(storage.kept?.accessToken).not.toBe(accessToken);
    expect(made.tokenRequests).toHaveLength(2);
  });

  it('a storage that cannot be read is a typed error, and is read again', async () => {
    const storage = shelf();
    const { read } = storage;
    storage.read = () => Promise.reject(new Error('locked'));
    const client = clientOf(loginWith({ storage }));
    expect(await failure(client.get('/me'))).toMatchObject({
      kind: 'auth',
      code: 'AUTH_CREDENTIAL_FAILED',
      cause: { code: 'OAUTH_STORAGE_FAILED' },
    });
    storage.read = read;
    expect(await failure(client.get('/me'))).toMatchObject({ kind: 'status', status: 401 });
  });

  it('one that the server takes no more is an error without it, and is not tried again', async () => {
    const used = await signIn(loginWith(), 'ada');
    await revoke(used.accessToken);
    await (await made.provider.RefreshToken.find(used.refreshToken ?? ''))?.destroy();
    const grant = { client: tokens, server, ...APP, allowHttp: true, tokens: used };
    const client = createClient({
      baseUrl: made.api.url,
      interceptors: [authenticate(refreshToken(grant))],
    });
    const error = await failure(client.get('/me'));
    expect(error).toMatchObject({
      code: 'AUTH_REFRESH_FAILED',
      cause: { code: 'OAUTH_INVALID_GRANT' },
    });
    await failure(client.get('/me'));
    expect(made.tokenRequests).toHaveLength(2);
    const told = inspect(error, { depth: 9 }) + JSON.stringify(error);
    for (const secret of [...SECRETS, used.refreshToken ?? '', used.accessToken])
      expect(told).not.toContain(secret);
  });

  it('without one, there is nothing to go on with', async () => {
    const grant = {
      client: tokens,
      server,
      ...APP,
      allowHttp: true,
      tokens: { accessToken: 'used-up' },
    };
    const client = createClient({
      baseUrl: made.api.url,
      interceptors: [authenticate(refreshToken(grant))],
    });
    expect(await failure(client.get('/me'))).toMatchObject({
      cause: { code: 'OAUTH_NO_REFRESH_TOKEN' },
    });
  });

  it.each([
    [{ tokens: { accessToken: 7 } }, 'refreshToken.tokens'],
    [{ storage: { read: () => [] } }, 'refreshToken.storage.write'],
    [{ storage: null }, 'refreshToken.storage.read'],
  ])('%j is refused when it is made', (options, field) => {
    const grant = { client: tokens, server, ...APP, allowHttp: true };
    const make = (): unknown => refreshToken({ ...grant, ...(options as object) });
    expect(make).toThrow(expect.objectContaining({ kind: 'request', field }));
  });
});
