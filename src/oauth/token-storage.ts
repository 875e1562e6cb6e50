import type { ObservableInput } from 'rxjs';
import type { OAuthTokens } from './oauth-tokens.js';

/**
 * Where the tokens of a login are kept. `write` is waited for before a new token is used, since a server that rotates
 * refresh tokens takes the old one no more; `null` takes them away. Several processes may share one: each reads
 * again before it asks the server, and notes logins and logouts of the others there.
 */
export interface TokenStorage {
  read(): ObservableInput<OAuthTokens | null | undefined>;
  write(tokens: OAuthTokens | null): ObservableInput<unknown>;
}

/** In memory, and gone with the process. */
export function tokensInMemory(first: OAuthTokens | null): TokenStorage {
  let kept = first;
  return {
    read: () => [kept],
    write: (tokens) => {
      kept = tokens;
      return [undefined];
    },
  };
}
