import { checkingInput } from '../errors/from-input.js';
import { type Policy, policy } from '../task/policy.js';
import { ChallengedTask } from './challenged-task.js';
import { type ChallengeOptions, challengeRules } from './challenge-options.js';
import { Known } from './known.js';

/**
 * Answers the challenges of servers (RFC 9110 section 11): the strongest scheme first, with a credential of the storage
 * or of `onChallenge`, and sends the request again with it. What has worked is sent unasked to the paths below.
 *
 * Without a credential the 401 is delivered at once, nothing is sent again. A credential that was refused is not tried
 * twice. A failure is the last one, with those before it in `previous`. A body that can be sent only once is not sent
 * again: the 401 is delivered. A request that has an `Authorization` of its own, or says `AUTH.of(false)`, is left alone,
 * and so is a challenge that came from another origin by a redirect.
 *
 * @example
 * createClient({
 *   baseUrl: 'https://files.example.com',
 *   interceptors: [answerChallenges({ onChallenge: () => of({ user: 'ada', password: 'correct horse' }), probe: 'HEAD' })],
 * });
 * @throws TaskError `request` for a wrong option, naming it
 */
export function answerChallenges(options: ChallengeOptions = {}): Policy {
  const known = new Known(checkingInput(() => challengeRules(options)));
  return policy({
    name: 'answerChallenges',
    intercept: (request, next) => new ChallengedTask(request, next, known).run(),
  });
}
