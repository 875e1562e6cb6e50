import {
  generateRandomState,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
} from 'oauth4webapi';
import {
  type Observable,
  ReplaySubject,
  catchError,
  concatMap,
  defaultIfEmpty,
  defer,
  finalize,
  from,
  ignoreElements,
  lastValueFrom,
  map,
  merge,
  of,
  take,
  takeUntil,
  throwError,
} from 'rxjs';
import { isTaskError, taskError } from '../errors/task-error.js';
import type { Grant } from './grant.js';
import { oauthRefusal } from './oauth-error.js';
import { nowOf, run } from './oauth-run.js';
import { type OAuthTokens, areTokens, isDue } from './oauth-tokens.js';
import { tokensOf } from './token-response.js';
import type { TokenStorage } from './token-storage.js';

/** Whose tokens these are, how they go on, and where they are kept. */
export class TokenSession {
  readonly #grant: Grant;
  readonly #storage: TokenStorage;
  readonly #signed = new ReplaySubject<OAuthTokens | null>(1);
  /** The server gave them, and the storage would not have them. */
  #unsaved: OAuthTokens | undefined;
  #written: Promise<unknown> = Promise.resolve();

  constructor(grant: Grant, storage: TokenStorage) {
    this.#grant = grant;
    this.#storage = storage;
  }

  /** What the storage has, then each login and logout. */
  get tokens$(): Observable<OAuthTokens | null> {
    return merge(this.#signed, this.#read().pipe(takeUntil(this.#signed)));
  }

  /** Somebody has logged in: from now on requests are theirs. */
  signIn(given: OAuthTokens): Observable<OAuthTokens> {
    return defer(() => {
      const tokens = { ...given, login: generateRandomState() };
      this.#unsaved = undefined;
      return this.#write(tokens).pipe(
        map(() => {
          this.#signed.next(tokens);
          return tokens;
        }),
      );
    });
  }

  /** Nobody is logged in any more; requests in flight are ended first. */
  signOut(): Observable<never> {
    return defer(() => {
      this.#unsaved = undefined;
      this.#signed.next(null);
      return this.#write(null).pipe(ignoreElements());
    });
  }

  /** New tokens for those that were refused or are about to expire: another process may have got them already. */
  renew(refused: OAuthTokens): Observable<OAuthTokens> {
    return defer(() => {
      if (this.#unsaved !== undefined) return this.#save(this.#unsaved);
      return this.#read().pipe(
        concatMap((stored) => {
          if (stored === null || stored.login !== refused.login) return this.#moveOn(stored);
          return this.#isNews(stored, refused) ? of(stored) : this.#refresh(stored);
        }),
      );
    });
  }

  /** Elsewhere somebody has logged out, or somebody else in: that ends what is in flight, and whoever waits for this. */
  #moveOn(stored: OAuthTokens | null): Observable<never> {
    this.#signed.next(stored);
    return throwError(() => oauthRefusal('signed_out', 'whoever was logged in is so no more'));
  }

  #isNews(stored: OAuthTokens, refused: OAuthTokens): boolean {
    const { client, marginMs } = this.#grant;
    return stored.accessToken !== refused.accessToken && !isDue(stored, nowOf(client), marginMs);
  }

  #refresh(stored: OAuthTokens): Observable<OAuthTokens> {
    const { client, server, party, authentication, secret, parameters, through } = this.#grant;
    const { refreshToken } = stored;
    if (refreshToken === undefined) {
      const message = 'the access token is used up, and there is no refresh token';
      return throwError(() => oauthRefusal('no_refresh_token', message));
    }
    return run(client, [secret, refreshToken], async (running) => {
      const response = await refreshTokenGrantRequest(server, party, authentication, refreshToken, {
        ...through(running),
        additionalParameters: new URLSearchParams(parameters),
      });
      const told = await processRefreshTokenResponse(server, party, response);
      return tokensOf(told, running.sentAtMs(), stored);
    }).pipe(concatMap((tokens) => this.#save(tokens)));
  }

  /** Kept before it is used; what could not be kept is tried again by the next renewal, without asking the server. */
  #save(tokens: OAuthTokens): Observable<OAuthTokens> {
    return defer(() => {
      this.#unsaved = tokens;
      return this.#write(tokens);
    }).pipe(
      map(() => {
        this.#unsaved = undefined;
        return tokens;
      }),
    );
  }

  /** One after the other, also behind those who have left: what was written last stays. */
  #write(tokens: OAuthTokens | null): Observable<unknown> {
    return defer(() => {
      let left = false;
      const done = this.#written.then(() => (left ? undefined : writing(this.#storage, tokens)));
      this.#written = done.catch(() => undefined);
      return from(done).pipe(
        catchError((cause: unknown) => throwError(() => storageFailed(cause, 'written'))),
        finalize(() => (left = true)),
      );
    });
  }

  #read(): Observable<OAuthTokens | null> {
    return defer(() => from(this.#storage.read())).pipe(
      take(1),
      defaultIfEmpty(null),
      // What others have written there may be anything.
      map((tokens: unknown) => (areTokens(tokens) ? tokens : null)),
      catchError((cause: unknown) => throwError(() => storageFailed(cause, 'read'))),
    );
  }
}

function writing(storage: TokenStorage, tokens: OAuthTokens | null): Promise<unknown> {
  return lastValueFrom(from(storage.write(tokens)), { defaultValue: undefined });
}

function storageFailed(cause: unknown, what: 'read' | 'written'): unknown {
  if (isTaskError(cause)) return cause;
  const message = `the tokens could not be ${what}`;
  return taskError('auth', {}, { code: 'OAUTH_STORAGE_FAILED', message, cause });
}
