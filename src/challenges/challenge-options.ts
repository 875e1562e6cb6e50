import type { ObservableInput } from 'rxjs';
import { type ContextToken, contextToken } from '../http/context.js';
import { invalid } from '../http/invalid-input.js';
import { checkFunction, checkOptionNames, ownOptions } from '../http/option-checks.js';
import type { Challenge } from '../http/challenge.js';
import type { TaskRequest } from '../http/request.js';
import type { AuthScheme } from './auth-scheme.js';
import { basicScheme } from './basic-scheme.js';
import { bearerScheme } from './bearer-scheme.js';
import type { Credential } from './credential.js';
import { type CredentialStorage, memoryStorage } from './credential-storage.js';
import { digestScheme } from './digest-scheme.js';
import type { ProtectionSpace } from './protection-space.js';

/** A challenge that a handler is asked to answer, and whose it is. */
export interface ChallengeQuestion extends Challenge {
  readonly space: ProtectionSpace;
}

/**
 * A handler's answer: a credential to use; `null` or `default` to let the 401 be delivered; `cancel` to fail the task
 * with an `auth` error; `reject` to try the next challenge.
 */
export type ChallengeAnswer = Credential | null | 'default' | 'cancel' | 'reject';

/** Answers a challenge; `failures` counts the answers that the server has refused in a row. */
export type ChallengeHandler = (
  question: ChallengeQuestion,
  about: { readonly failures: number; readonly request: TaskRequest },
) => ObservableInput<ChallengeAnswer>;

/** Who answers this request's challenges, in the place of the client's handler. */
export const ON_CHALLENGE: ContextToken<ChallengeHandler | undefined> = contextToken<
  ChallengeHandler | undefined
>('onChallenge', undefined);

/** How challenges are answered. */
export interface ChallengeOptions {
  /** Where credentials are looked for and permanent ones are kept. Default one in memory, of this policy's own. */
  readonly storage?: CredentialStorage;
  /** Asked when the storage has none, or none that works; at most once at a time for a space. */
  readonly onChallenge?: ChallengeHandler;
  /** Default Digest, Bearer and Basic; among the challenges of a response the strongest is answered first. */
  readonly schemes?: readonly AuthScheme[];
  /** Sent without a body in front of a request with one, where no credential is known: so the body goes out once. Default `false`. */
  readonly probe?: 'HEAD' | 'OPTIONS' | 'GET' | false;
  /** Whether a credential that has worked is sent unasked to the paths below (RFC 7617 section 2.2). Default `true`. */
  readonly preemptive?: boolean;
  /** The origin of the proxy whose 407 are answered. Default none is. */
  readonly proxyOrigin?: string;
}

/** The options with their defaults. */
export interface ChallengeRules extends Required<
  Omit<ChallengeOptions, 'onChallenge' | 'proxyOrigin'>
> {
  readonly onChallenge: ChallengeHandler | undefined;
  readonly proxyOrigin: string | undefined;
}

/** Copies and checks. @throws InvalidInput that names the option */
export function challengeRules(given: ChallengeOptions): ChallengeRules {
  checkOptionNames('answerChallenges', given, [
    'storage',
    'onChallenge',
    'schemes',
    'probe',
    'preemptive',
    'proxyOrigin',
  ]);
  const { storage, onChallenge, schemes, probe, preemptive, proxyOrigin } = ownOptions(given);
  if (onChallenge !== undefined) checkFunction('answerChallenges.onChallenge', onChallenge);
  if (![undefined, false, 'HEAD', 'OPTIONS', 'GET'].includes(probe))
    throw invalid('answerChallenges.probe', "'HEAD', 'OPTIONS', 'GET' or false", probe);
  for (const name of ['list', 'find', 'save', 'remove'] as const) {
    if (storage !== undefined)
      checkFunction(
        `answerChallenges.storage.${name}`,
        (storage as Partial<CredentialStorage>)[name],
      );
  }
  return {
    storage: storage ?? memoryStorage(),
    onChallenge,
    schemes: schemes ?? [digestScheme(), bearerScheme, basicScheme],
    probe: probe ?? false,
    preemptive: preemptive ?? true,
    proxyOrigin: proxyOrigin === undefined ? undefined : new URL(proxyOrigin).origin,
  };
}
