import type { Observable } from 'rxjs';
import type { AuthSession } from './auth-scheme.js';
import { type Credential, isSameCredential } from './credential.js';
import type { StoredCredential } from './credential-storage.js';
import { type ProtectionSpace, keyOfSpace } from './protection-space.js';

/** Servers choose realms, folders and which answers they refuse: none of it may grow without end. */
const MOST_SPACES = 1_000;
const MOST_PATHS = 1_000;
const MOST_REFUSED = 100;

/** What one client knows of one protection space. */
export class SpaceState {
  readonly space: ProtectionSpace;
  /** What answers for the space at present. */
  session: AuthSession | undefined;
  credential: Credential | undefined;
  /** Answers that were refused since the last that was taken. */
  failures = 0;
  /** The question that is being answered, for all who need it. */
  asking: Observable<unknown> | undefined;
  /** The credential that the storage has with the paths of now. */
  saved: Credential | undefined;
  readonly paths = new Set<string>();
  #refused: Credential[] = [];

  constructor(space: ProtectionSpace) {
    this.space = space;
  }

  /** Goes on with this credential. */
  begin(session: AuthSession, credential: Credential): void {
    this.session = session;
    this.credential = credential;
  }

  /** The server would not have it; unless another has taken its place meanwhile, there is none now. */
  refuse(session: AuthSession, credential: Credential): void {
    if (!this.isRefused(credential)) {
      this.#refused.push(credential);
      if (this.#refused.length > MOST_REFUSED) this.#refused.shift();
      this.failures += 1;
    }
    if (this.session !== session) return;
    this.session = undefined;
    this.credential = undefined;
  }

  isRefused(credential: Credential): boolean {
    return this.#refused.some((refused) => isSameCredential(refused, credential));
  }

  /** The server took it. */
  accept(): void {
    this.failures = 0;
    this.#refused = [];
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
      if (
        state.session === undefined ||
        state.space.origin !== origin ||
        state.space.proxy !== proxy
      )
        continue;
      for (const prefix of state.paths) {
        if (prefix.length <= deepest || !pathname.startsWith(prefix)) continue;
        best = state;
        deepest = prefix.length;
      }
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
      if (session !== undefined || asking !== undefined) continue;
      this.#states.delete(key);
      return;
    }
    this.#states.delete(oldestOf(this.#states.keys()) ?? '');
  }
}

/** Where a session holds: its own domain, else by its scheme the folder of the path (RFC 7617 section 2.2) or the origin. */
export function pathsOf(url: URL, scheme: string, domain: readonly string[] | undefined): string[] {
  if (domain !== undefined && domain.length > 0) {
    return domain.flatMap((uri) => {
      try {
        const at = new URL(uri, url);
        return at.origin === url.origin ? [at.pathname] : [];
      } catch {
        return [];
      }
    });
  }
  return scheme === 'basic' ? [url.pathname.slice(0, url.pathname.lastIndexOf('/') + 1)] : ['/'];
}

function oldestOf(keys: Iterable<string>): string | undefined {
  for (const key of keys) return key;
  return undefined;
}
