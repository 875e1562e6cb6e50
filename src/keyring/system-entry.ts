import type { KeyChainEntry, OpenEntry } from './key-chain.js';

/** Which store of Linux is used; other systems have one each. */
export type LinuxStore = 'secret-service' | 'keyutils';

/**
 * Opens entries of the operating system's key chain. On Linux the store is named: left to itself the library takes the
 * kernel's key ring where there is no Secret Service, and what was to be kept is gone at the next start.
 */
export function systemEntry(store: LinuxStore): OpenEntry {
  return async (service, account) => {
    // When it is needed, so that a machine without it can say so in a typed error.
    const { AsyncEntry } = await import('@napi-rs/keyring');
    const entry = new AsyncEntry(service, account, { linux: { store } });
    return store === 'keyutils' ? twice(entry) : entry;
  };
}

/** The kernel refuses the first use of a process that has no session key ring, and makes one for the second. */
function twice(entry: KeyChainEntry): KeyChainEntry {
  const again = <T>(use: () => Promise<T>): Promise<T> => use().catch(use);
  return {
    getPassword: () => again(() => entry.getPassword()),
    setPassword: (text) => again(() => entry.setPassword(text)),
    deleteCredential: () => again(() => entry.deleteCredential()),
  };
}
