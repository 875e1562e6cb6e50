export type { KeyChainEntry, OpenEntry } from './key-chain.js';
export { type KeyringOptions, keyringStorage } from './keyring-storage.js';
export type { LinuxStore } from './system-entry.js';
