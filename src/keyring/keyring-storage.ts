import type { CredentialStorage, StoredCredential } from '../challenges/credential-storage.js';
import { type ProtectionSpace, isSameSpace } from '../challenges/protection-space.js';
import { checkingInput } from '../errors/from-input.js';
import { stringsIn } from '../errors/without-secrets.js';
import { invalid } from '../http/invalid-input.js';
import { checkFunction, checkOptionNames, ownOptions } from '../http/option-checks.js';
import { accountOf, indexOf } from './account-names.js';
import { KeyChain, type OpenEntry } from './key-chain.js';
import { spacesIn, storedIn } from './kept-text.js';
import { type LinuxStore, systemEntry } from './system-entry.js';

/** Which part of the key chain is used. */
export interface KeyringOptions {
  /** The name that the entries stand under: the application's. */
  readonly service: string;
  /**
   * On Linux: the Secret Service of the desktop, or the kernel's key ring of the login session, which forgets at the latest
   * when the machine stops. Default `secret-service`.
   */
  readonly linuxStore?: LinuxStore;
  /** Opens entries in the place of `@napi-rs/keyring`: another library, or a test. */
  readonly open?: OpenEntry;
}

/**
 * Credentials in the key chain of the operating system: one entry for each protection space, named after it, and one
 * more for each origin that lists them. Each call of the storage looks there anew, so processes share it; changes of one
 * storage do not overtake each other.
 *
 * Errors: `auth` with the code `KEYRING_UNAVAILABLE` (there is none, it is locked, the library is not here) or
 * `KEYRING_CORRUPT` (somebody else wrote there), naming the entry and the reason. There is no other place to fall back to.
 *
 * @example
 * const storage = keyringStorage({ service: 'my app' });
 * answerChallenges({ storage, onChallenge: () => of({ user, password, persistence: 'permanent' }) });
 * @throws TaskError `request` for a wrong option, naming it
 */
export function keyringStorage(options: KeyringOptions): CredentialStorage {
  const { service, open } = checkingInput(() => checked(options));
  const chain = new KeyChain(service, open);
  let last: Promise<unknown> = Promise.resolve();
  const change = (edit: () => Promise<void>): Promise<void> => {
    const done = last.then(edit);
    last = done.catch(() => undefined);
    return done;
  };

  const spacesOf = async (origin: string): Promise<readonly ProtectionSpace[]> => {
    const account = indexOf(origin);
    const text = await chain.read(account);
    const spaces = text === null ? [] : spacesIn(text, origin);
    if (spaces === undefined) throw chain.damaged(account, 'it is no list of spaces of its origin');
    return spaces;
  };
  const listed = async (origin: string, spaces: readonly ProtectionSpace[]): Promise<void> => {
    if (spaces.length === 0) await chain.remove(indexOf(origin));
    else await chain.write(indexOf(origin), JSON.stringify(spaces), []);
  };
  const entryOf = async (space: ProtectionSpace): Promise<StoredCredential | undefined> => {
    const account = await accountOf(space);
    const text = await chain.read(account);
    if (text === null) return undefined;
    const stored = storedIn(text, space);
    if (stored === undefined) throw chain.damaged(account, 'it is no credential of its space');
    return stored;
  };

  return {
    list: async (origin) => {
      const spaces = await spacesOf(origin);
      const stored = await Promise.all(spaces.map(entryOf));
      return stored.filter((one) => one !== undefined);
    },
    find: async (space) => (await entryOf(space))?.credential,
    save: (space, credential, paths = []) =>
      change(async () => {
        const { origin, realm, scheme, proxy } = space;
        const text = JSON.stringify({ space: { origin, realm, scheme, proxy }, credential, paths });
        await chain.write(await accountOf(space), text, stringsIn(credential));
        const spaces = await spacesOf(origin);
        if (!spaces.some((one) => isSameSpace(one, space)))
          await listed(origin, [...spaces, { origin, realm, scheme, proxy }]);
      }),
    remove: (space) =>
      change(async () => {
        await chain.remove(await accountOf(space));
        const spaces = await spacesOf(space.origin);
        const others = spaces.filter((one) => !isSameSpace(one, space));
        if (others.length < spaces.length) await listed(space.origin, others);
      }),
  };
}

function checked(given: KeyringOptions): { service: string; open: OpenEntry } {
  if (typeof given !== 'object' || (given as unknown) === null)
    throw invalid('keyringStorage', 'an object', typeof given);
  checkOptionNames('keyringStorage', given, ['service', 'linuxStore', 'open']);
  const { service, linuxStore = 'secret-service', open } = ownOptions(given);
  if (typeof service !== 'string' || service === '')
    throw invalid('keyringStorage.service', 'a name, which is not empty', service);
  if (!['secret-service', 'keyutils'].includes(linuxStore))
    throw invalid('keyringStorage.linuxStore', 'secret-service or keyutils', linuxStore);
  if (open !== undefined) checkFunction('keyringStorage.open', open);
  return { service, open: open ?? systemEntry(linuxStore) };
}
