import type { Observable } from 'rxjs';
import type { AuthSession } from './auth-scheme.js';
import { type Credential, isSameCredential } from './credential.js';
import type { StoredCredential } from './credential-storage.js';
import { type ProtectionSpace, keyOfSpace } from './protection-space.js';
import { depthAt, reachesAll } from './reach.js';

/** Servers choose realms, folders and which answers they refuse: none of it may grow without end. */
const MOST_SPACES = 1_000;
const MOST_PATHS = 1_000;
const MOST_REFUSED = 100;
/** A credential that has worked may be refused at so many places before it is taken for wrong everywhere. */
const MOST_PLACES_REFUSED = 10;

/** An answer that the server would not have. */
interface Refusal {
  readonly credential: Credential;
  /** Where, when it had worked elsewhere: there its owner may just not be allowed in. `undefined`: it is wrong. */
  readonly place: string | undefined;
}

/** What one client knows of one protection space. */
export class SpaceState {
  readonly space: ProtectionSpace;
  /** What answers for the space at present. */
  session: AuthSession | undefined;
  credential: Credential | undefined;
  /** Answers that were refused since the last that was taken. */
  failures = 0;
  /** The questions that are being answered, for all who put them to the same handler. */
  readonly asking = new Map<unknown, Observable<unknown>>();
  /** The credential that the storage has with the paths of now. */
  saved: Credential | undefined;
  readonly paths = new Set<string>();
  #refusals: Refusal[] = [];
  /** What the server took last. */
  #worked: Credential | undefined;

  constructor(space: ProtectionSpace) {
    this.space = space;
  }

  /** Goes on with this credential. */
  begin(session: AuthSession, credential: Credential): void {
    this.session = session;
    this.credential = credential;
  }

  /**
   * The server would not have it here. It is not tried again anywhere, and goes along no more, unless it has worked
   * elsewhere: then it is not tried again here.
   */
  refuse(session: AuthSession, credential: Credential, place: string): void {
    const hasWorked = this.#worked !== undefined && isSameCredential(this.#worked, credential);
    if (!this.isRefused(credential, place)) {
      this.#refusals.push({ credential, place: hasWorked ? place : undefined });
      if (this.#refusals.length > MOST_REFUSED) this.#refusals.shift();
      this.failures += 1;
    }
    if (hasWorked && this.#refusals.length < MOST_PLACES_REFUSED) return;
    if (hasWorked) this.#refusals.push({ credential, place: undefined });
    if (this.session !== session) return;
    this.session = undefined;
    this.credential = undefined;
  }

  isRefused(credential: Credential, place: string): boolean {
    return this.#refusals.some(
      (refusal) =>
        (refusal.place === undefined || refusal.place === place) &&
        isSameCredential(refusal.credential, credential),
    );
  }

  /** The server took it. */
  accept(credential: Credential): void {
    this.failures = 0;
    this.#refusals = [];
    this.#worked = credential;
  }

  /** The space reaches down from here. Of many paths the oldest are forgotten: there it is asked once more. */
  holdAt(paths: readonly string[]): void {
    for (const path of paths) {
      if (this.#covers(path)) continue;
      for (const known of this.paths) if (known.startsWith(path)) this.paths.delete(known);
      this.paths.add(path);
      this.saved = undefined;
      if (this.paths.size > MOST_PATHS) this.paths.delete(oldestOf(this.paths) ?? '');
    }
  }

  #covers(path: string): boolean {
    for (const prefix of this.paths) if (path.startsWith(prefix)) return true;
    return false;
  }
}

/** Every space that a client has met, and still remembers. */
export class Spaces {
  readonly #states = new Map<string, SpaceState>();

  get size(): number {
    return this.#states.size;
  }

  of(space: ProtectionSpace): SpaceState {
    const key = keyOfSpace(space);
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    if (this.#states.size >= MOST_SPACES) this.#forgetOne();
    const state = new SpaceState(space);
    this.#states.set(key, state);
    return state;
  }

  /** The state of the deepest known path above this URL that has a session. */
  at({ origin, pathname }: URL, proxy: boolean): SpaceState | undefined {
    let best: SpaceState | undefined;
    let deepest = -1;
    for (const state of this.#states.values()) {
      const { session, space, paths } = state;
      if (session === undefined || space.origin !== origin || space.proxy !== proxy) continue;
      const depth = paths.size === 0 ? -1 : depthAt(pathname, paths, reachesAll(space, session));
      if (depth <= deepest) continue;
      best = state;
      deepest = depth;
    }
    return best;
  }

  /** Takes over what a storage knows the paths of, where a scheme can begin unasked. */
  preload(
    stored: readonly StoredCredential[],
    begin: (space: ProtectionSpace, credential: Credential) => AuthSession | undefined,
  ): void {
    for (const { space, credential, paths = [] } of stored) {
      const state = this.of(space);
      const session = state.session ?? (paths.length > 0 ? begin(space, credential) : undefined);
      if (session === undefined) continue;
      const isNew = state.session === undefined;
      if (isNew) state.begin(session, credential);
      state.holdAt(paths);
      if (isNew) state.saved = credential;
    }
  }

  /** The oldest that answers for nothing at present, else the oldest. */
  #forgetOne(): void {
    for (const [key, { session, asking }] of this.#states) {
      if (session !== undefined || asking.size > 0) continue;
      this.#states.delete(key);
      return;
    }
    this.#states.delete(oldestOf(this.#states.keys()) ?? '');
  }
}

function oldestOf(keys: Iterable<string>): string | undefined {
  for (const key of keys) return key;
  return undefined;
}
