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
  /**
   * The origin of the proxy whose 407 are answered, for requests over plain HTTP: over TLS a 407 would be the server's.
   * Name it only where every such request goes through that proxy; one that goes direct would take the credential along.
   * Default none is.
   */
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
  if (preemptive !== undefined && typeof preemptive !== 'boolean')
    throw invalid('answerChallenges.preemptive', 'true or false', preemptive);
  if (storage !== undefined) checkStorage(storage);
  return {
    storage: storage ?? memoryStorage(),
    onChallenge,
    schemes:
      schemes === undefined ? [digestScheme(), bearerScheme, basicScheme] : checkedSchemes(schemes),
    probe: probe ?? false,
    preemptive: preemptive ?? true,
    proxyOrigin: proxyOrigin === undefined ? undefined : checkedOrigin(proxyOrigin),
  };
}

function checkStorage(storage: Partial<CredentialStorage> | null): void {
  for (const name of ['list', 'find', 'save', 'remove'] as const) {
    checkFunction(`answerChallenges.storage.${name}`, storage?.[name]);
  }
}

function checkedSchemes(schemes: readonly Partial<AuthScheme>[]): readonly AuthScheme[] {
  if (!Array.isArray(schemes))
    throw invalid('answerChallenges.schemes', 'a list of schemes', schemes);
  return schemes.map((scheme: Partial<AuthScheme> | null, index) => {
    const field = `answerChallenges.schemes[${String(index)}]`;
    const name = scheme?.name;
    if (typeof name !== 'string' || name === '' || name !== name.toLowerCase()) {
      throw invalid(`${field}.name`, 'the name of the scheme, in lower case', name);
    }
    checkFunction(`${field}.strength`, scheme?.strength);
    checkFunction(`${field}.begin`, scheme?.begin);
    return scheme as AuthScheme;
  });
}

function checkedOrigin(origin: string): string {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw invalid(
      'answerChallenges.proxyOrigin',
      'an origin such as http://proxy.example.com:3128',
    );
  }
  return url.origin;
}
