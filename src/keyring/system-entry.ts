import type { OpenEntry } from './key-chain.js';

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
    return new AsyncEntry(service, account, { linux: { store } });
  };
}
