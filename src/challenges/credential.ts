/**
 * How long a credential is kept once it has worked: for the one request, as long as its client, or in the storage.
 */
export type Persistence = 'none' | 'session' | 'permanent';

/** A user name and a password: what Basic and Digest take. */
export interface PasswordCredential {
  readonly user: string;
  readonly password: string;
  /** Default `session`. */
  readonly persistence?: Persistence;
}

/** A token: what Bearer takes. */
export interface TokenCredential {
  readonly token: string;
  /** Default `session`. */
  readonly persistence?: Persistence;
}

/** What answers a challenge. */
export type Credential = PasswordCredential | TokenCredential;

/** Whether two credentials would answer alike. */
export function isSameCredential(one: Credential, other: Credential): boolean {
  if ('token' in one) return 'token' in other && one.token === other.token;
  return 'user' in other && one.user === other.user && one.password === other.password;
}

/** Whether a value can answer a challenge at all. */
export function isCredential(value: unknown): value is Credential {
  if (typeof value !== 'object' || value === null) return false;
  const { user, password, token } = value as Partial<PasswordCredential & TokenCredential>;
  return typeof token === 'string' || (typeof user === 'string' && typeof password === 'string');
}
