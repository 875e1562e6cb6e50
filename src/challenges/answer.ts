import type { AuthSession } from './auth-scheme.js';
import type { Credential } from './credential.js';
import { type SpaceState, pathsOf } from './space-state.js';

/** What goes along with the requests of a task for one space. */
export interface Answer {
  readonly state: SpaceState;
  readonly session: AuthSession;
  readonly credential: Credential;
  /** Where it was asked for; of an answer that goes along unasked, where it is going. */
  readonly at: URL;
}

/**
 * The answer that belongs to a place of the origin: the one that was asked for right there, else the one of the deepest
 * folder, else none. So a redirect takes no credential into another space.
 */
export function answerFor(answers: readonly Answer[], place: URL): Answer | undefined {
  let best: Answer | undefined;
  let deepest = -1;
  for (const answer of answers) {
    if (answer.state.space.proxy || answer.at.origin !== place.origin) continue;
    if (answer.at.href === place.href) return answer;
    const { state, session, at } = answer;
    for (const prefix of [...state.paths, ...pathsOf(at, state.space.scheme, session.domain)]) {
      if (prefix.length < deepest || !place.pathname.startsWith(prefix)) continue;
      best = answer;
      deepest = prefix.length;
    }
  }
  return best;
}

/** The answers of a task with one more, in the place of what was wrong at the same place, or for the same space. */
export function withAnswer(answers: readonly Answer[], added: Answer): Answer[] {
  const { state, session, credential, at } = added;
  const others = answers.filter((other) =>
    state.space.proxy
      ? !other.state.space.proxy
      : other.state.space.proxy || other.at.href !== at.href,
  );
  return [
    ...others.map((other) => (other.state === state ? { ...other, session, credential } : other)),
    added,
  ];
}
