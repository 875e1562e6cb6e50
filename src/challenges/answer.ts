import type { ResponseHead } from '../http/response.js';
import type { AuthSession } from './auth-scheme.js';
import type { Credential } from './credential.js';
import { depthAt, pathsOf, reachesAll } from './reach.js';
import type { SpaceState } from './space-state.js';

/** What goes along with the requests of a task for one space. */
export interface Answer {
  readonly state: SpaceState;
  readonly session: AuthSession;
  readonly credential: Credential;
  /** Where it was asked for; of an answer that goes along unasked, where it is going. */
  readonly at: URL;
}

/** What answers for a space at present, unless it was refused at this place. */
export function answerOf(state: SpaceState, at: URL): Answer | undefined {
  const { session, credential } = state;
  return session === undefined ||
    credential === undefined ||
    state.isRefused(credential, at.pathname)
    ? undefined
    : { state, session, credential, at };
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
    const prefixes = [...state.paths, ...pathsOf(at, session.domain)];
    const depth = depthAt(place.pathname, prefixes, reachesAll(state.space, session));
    // Of two as deep, the one that was asked for last.
    if (depth < 0 || depth < deepest) continue;
    best = answer;
    deepest = depth;
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

/** Where an answer stands in a request. */
export function fieldOf({ state }: Answer): 'authorization' | 'proxy-authorization' {
  return state.space.proxy ? 'proxy-authorization' : 'authorization';
}

/** What the head of an answer tells of an answer that went along: a proxy tells in a field of its own (RFC 9110 section 11.7.3). */
export function toldOf({ state }: Answer, head: ResponseHead): ResponseHead {
  if (!state.space.proxy) return head;
  const told = head.headers.get('proxy-authentication-info');
  const others = head.headers.delete('authentication-info');
  return {
    ...head,
    headers: told === undefined ? others : others.set('authentication-info', told),
  };
}
