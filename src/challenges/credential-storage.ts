import { type Credential, isCredential } from './credential.js';
import { type ProtectionSpace, isSameSpace, keyOfSpace } from './protection-space.js';

/** A credential and the space it is for. */
export interface StoredCredential {
  readonly space: ProtectionSpace;
  readonly credential: Credential;
  /** Path prefixes where it is asked for, as far as known: requests below them carry it unasked. */
  readonly paths?: readonly string[];
}

/**
 * Where credentials are kept that outlive a client. Everything is asynchronous; a rejection fails the task that asked
 * with an `auth` error. The storage that is given is the only one that is ever read.
 */
export interface CredentialStorage {
  /** Every credential that is known for the spaces of an origin: with `paths`, the first request carries it. */
  list(origin: string): Promise<readonly StoredCredential[]>;
  /** The credential of a space. */
  find(space: ProtectionSpace): Promise<Credential | undefined>;
  /** Keeps a credential, in the place of an earlier one of the same space. */
  save(space: ProtectionSpace, credential: Credential, paths?: readonly string[]): Promise<void>;
  /** Forgets what is known for a space. */
  remove(space: ProtectionSpace): Promise<void>;
}

/**
 * A storage in memory: nothing is written anywhere, and it is gone with the process. Each call makes one of its own.
 *
 * @example
 * const storage = memoryStorage([{ space: { origin: 'https://api.example.com', realm: 'staff', scheme: 'digest', proxy: false }, credential }]);
 */
export function memoryStorage(known: Iterable<StoredCredential> = []): CredentialStorage {
  const stored = new Map<string, StoredCredential>();
  for (const one of known) stored.set(keyOfSpace(one.space), one);
  return {
    list: (origin) =>
      Promise.resolve([...stored.values()].filter(({ space }) => space.origin === origin)),
    find: (space) => Promise.resolve(stored.get(keyOfSpace(space))?.credential),
    save: (space, credential, paths = []) => {
      stored.set(keyOfSpace(space), { space, credential, paths });
      return Promise.resolve();
    },
    remove: (space) => {
      stored.delete(keyOfSpace(space));
      return Promise.resolve();
    },
  };
}

/** The part of `localStorage` and `sessionStorage` that is used. */
export interface WebStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/**
 * A storage over `sessionStorage` or `localStorage`, as one entry of JSON. Every script of the page can read it.
 *
 * @example
 * const storage = webStorage(sessionStorage);
 */
export function webStorage(storage: WebStorage, key = 'coldwire.credentials'): CredentialStorage {
  return recordStorage({
    read: () => Promise.resolve(storage.getItem(key)),
    write: (text) => {
      if (text === undefined) storage.removeItem(key);
      else storage.setItem(key, text);
      return Promise.resolve();
    },
  });
}

/** One text that is read and written whole: a file, an entry of a key chain, an entry of Web Storage. */
export interface RecordPlace {
  read(): Promise<string | null>;
  /** `undefined` takes it away. */
  write(text: string | undefined): Promise<void>;
}

/**
 * A storage over one text of JSON, wherever that is kept. Changes of one storage do not overtake each other.
 *
 * @example
 * const entry = new Entry('my app', 'credentials'); // of a key chain library
 * const storage = recordStorage({ read: async () => entry.getPassword(), write: async (text) => entry.setPassword(text ?? '[]') });
 */
export function recordStorage(place: RecordPlace): CredentialStorage {
  let last: Promise<unknown> = Promise.resolve();
  const read = async (): Promise<StoredCredential[]> => parse(await place.read());
  const change = (edit: (all: StoredCredential[]) => StoredCredential[]): Promise<void> => {
    const done = last.then(async () => {
      const all = edit(await read());
      await place.write(all.length === 0 ? undefined : JSON.stringify(all));
    });
    last = done.catch(() => undefined);
    return done;
  };
  const without = (space: ProtectionSpace) => (all: StoredCredential[]) =>
    all.filter((one) => !isSameSpace(one.space, space));
  return {
    list: async (origin) => (await read()).filter(({ space }) => space.origin === origin),
    find: async (space) => (await read()).find((one) => isSameSpace(one.space, space))?.credential,
    save: (space, credential, paths = []) =>
      change((all) => [...without(space)(all), { space, credential, paths }]),
    remove: (space) => change(without(space)),
  };
}

/** What is there, as far as it is understood: a damaged record is an empty one, never a crash. */
function parse(text: string | null): StoredCredential[] {
  if (text === null || text === '') return [];
  try {
    const value = JSON.parse(text) as unknown;
    return Array.isArray(value) ? value.filter(isStored) : [];
  } catch {
    return [];
  }
}

function isStored(value: unknown): value is StoredCredential {
  const { space, credential, paths } = (value ?? {}) as Partial<StoredCredential>;
  const isSpace =
    typeof space?.origin === 'string' &&
    typeof space.realm === 'string' &&
    typeof space.scheme === 'string';
  return (
    isSpace &&
    isCredential(credential) &&
    (paths === undefined ||
      (Array.isArray(paths) && paths.every((path) => typeof path === 'string')))
  );
}
