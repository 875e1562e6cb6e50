import type { Challenge } from '../http/challenge.js';
import type { TaskRequest } from '../http/request.js';
import type { ResponseHead } from '../http/response.js';
import type { Credential } from './credential.js';

/**
 * A way to answer challenges: the built-in ones are made of this, and so can yours be.
 *
 * @example
 * const shout: AuthScheme = {
 *   name: 'shout',
 *   strength: () => 5,
 *   begin: (_challenge, credential) => ('token' in credential ? { authorize: () => `Shout ${credential.token.toUpperCase()}` } : undefined),
 * };
 */
export interface AuthScheme {
  /** In lower case, as in the challenge. */
  readonly name: string;
  /** How strong an answer to this challenge would be; the strongest is tried first. `undefined`: it cannot be answered. */
  strength(challenge: Challenge): number | undefined;
  /** What answers with this credential from now on; `undefined` when it is not of a kind that this scheme takes. */
  begin(challenge: Challenge, credential: Credential): AuthSession | undefined;
}

/** One credential in one protection space, with what the scheme counts and remembers. */
export interface AuthSession {
  /** The value of `Authorization` (or `Proxy-Authorization`) for this request. */
  authorize(request: TaskRequest): string | Promise<string>;
  /** Looks at an answer to a request that was authorized so: a nonce to go on with, a proof to check. Throwing fails the task. */
  learn?(head: ResponseHead, request: TaskRequest, authorization: string): void | Promise<void>;
  /**
   * What checks the body of an answer to a request that was authorized so, where the head promises a proof over it;
   * `undefined`: there is none. Not asked where the platform undoes a coding of the body, so that nobody has what was hashed.
   */
  checkBody?(
    head: ResponseHead,
    request: TaskRequest,
    authorization: string,
  ): BodyCheck | undefined;
  /**
   * Whether it is what answers this challenge, too; if not, the same credential begins anew with the challenge. Default yes:
   * of Digest it is no, where the server has given another nonce to each of many requests.
   */
  answers?(challenge: Challenge): boolean;
  /** Whether a new challenge refuses only what had gone stale, so that the same credential goes on. */
  isStale?(challenge: Challenge): boolean;
  /** Path prefixes or absolute URLs that the session holds for, when the challenge says so. */
  readonly domain?: readonly string[];
}

/** Checks the body of one answer on its way. */
export interface BodyCheck {
  /** The next bytes, as they were transferred: before a content coding was undone. */
  take(bytes: Uint8Array): void;
  /** The body is complete; its consumer is told so only then. Throwing fails the task. */
  end(): void | Promise<void>;
}
