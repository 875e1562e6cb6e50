import { isCredential } from '../challenges/credential.js';
import type { StoredCredential } from '../challenges/credential-storage.js';
import { type ProtectionSpace, isSameSpace } from '../challenges/protection-space.js';

/** The credential that stands in an entry of this space; `undefined` when it is damaged, or another's. */
export function storedIn(text: string, space: ProtectionSpace): StoredCredential | undefined {
  const value = parsed(text) as Partial<StoredCredential> | null | undefined;
  const { space: its, credential, paths } = value ?? {};
  const isRight =
    isSpace(its) &&
    isSameSpace(its, space) &&
    isCredential(credential) &&
    Array.isArray(paths) &&
    paths.every((path) => typeof path === 'string');
  return isRight ? { space: its, credential, paths } : undefined;
}

/** The spaces that an origin's list names; `undefined` when it is damaged, or names another's. */
export function spacesIn(text: string, origin: string): readonly ProtectionSpace[] | undefined {
  const value = parsed(text);
  if (!Array.isArray(value)) return undefined;
  const spaces = value.filter(isSpace).filter((space) => space.origin === origin);
  return spaces.length === value.length ? spaces : undefined;
}

function isSpace(value: unknown): value is ProtectionSpace {
  const { origin, realm, scheme, proxy } = (value ?? {}) as Partial<ProtectionSpace>;
  return (
    typeof origin === 'string' &&
    typeof realm === 'string' &&
    typeof scheme === 'string' &&
    typeof proxy === 'boolean'
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
