export { type Challenge, parseChallenges, printChallenges } from '../http/challenge.js';
export { answerChallenges } from './answer-challenges.js';
export type { AuthScheme, AuthSession, BodyCheck } from './auth-scheme.js';
export { basicScheme } from './basic-scheme.js';
export { bearerRefusal } from './bearer-refusal.js';
export { type BearerRefusal, bearerScheme } from './bearer-scheme.js';
export {
  type ChallengeAnswer,
  type ChallengeHandler,
  type ChallengeOptions,
  type ChallengeQuestion,
  ON_CHALLENGE,
} from './challenge-options.js';
export type {
  Credential as ChallengeCredential,
  PasswordCredential,
  Persistence,
  TokenCredential,
} from './credential.js';
export {
  type CredentialStorage,
  type RecordPlace,
  type StoredCredential,
  type WebStorage,
  memoryStorage,
  recordStorage,
  webStorage,
} from './credential-storage.js';
export { type DigestOptions, digestScheme } from './digest-scheme.js';
export type { ProtectionSpace } from './protection-space.js';
