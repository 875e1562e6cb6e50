import { taskError } from '../errors/task-error.js';
import { withoutSecrets } from '../errors/without-secrets.js';

/** One entry of a key chain: what is used of `AsyncEntry` of `@napi-rs/keyring`. */
export interface KeyChainEntry {
  /** `null` when there is none. */
  getPassword(): Promise<string | null>;
  setPassword(text: string): Promise<unknown>;
  deleteCredential(): Promise<boolean>;
}

/** Opens the entry of an account; throws where there is no key chain. */
export type OpenEntry = (
  service: string,
  account: string,
) => KeyChainEntry | Promise<KeyChainEntry>;

/** The key chain of the operating system as texts by name; what goes wrong names the entry, never what is in it. */
export class KeyChain {
  readonly #service: string;
  readonly #open: OpenEntry;

  constructor(service: string, open: OpenEntry) {
    this.#service = service;
    this.#open = open;
  }

  read(account: string): Promise<string | null> {
    return this.#at(account, 'read', (entry) => entry.getPassword());
  }

  async write(account: string, text: string, secrets: readonly string[]): Promise<void> {
    try {
      await this.#at(account, 'written', (entry) => entry.setPassword(text));
    } catch (cause) {
      throw withoutSecrets(cause, [text, ...secrets]);
    }
  }

  async remove(account: string): Promise<void> {
    await this.#at(account, 'removed', (entry) => entry.deleteCredential());
  }

  /** An entry that is there, and cannot be what was written. */
  damaged(account: string, why: string): Error {
    return this.#error(
      'KEYRING_CORRUPT',
      `the entry ${account} of the key chain is damaged: ${why}`,
    );
  }

  async #at<T>(
    account: string,
    what: string,
    use: (entry: KeyChainEntry) => Promise<T>,
  ): Promise<T> {
    try {
      return await use(await this.#open(this.#service, account));
    } catch (cause) {
      const why = cause instanceof Error && cause.message !== '' ? `: ${cause.message}` : '';
      throw this.#error(
        'KEYRING_UNAVAILABLE',
        `the entry ${account} of the key chain could not be ${what}${why}`,
        cause,
      );
    }
  }

  #error(code: string, message: string, cause?: unknown): Error {
    const about = `${message} (service ${this.#service})`;
    return taskError(
      'auth',
      {},
      { code, message: about, ...(cause === undefined ? {} : { cause }) },
    );
  }
}
