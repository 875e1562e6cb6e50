import { type Awaitable, isPromise } from './awaitable.js';
import { type StoredUpload, type UploadStorage, checkedStored } from './upload-storage.js';

/**
 * One upload's place in a storage. What the storage fails with is told, and is no end of the upload. It is asked one thing
 * at a time: a save that takes long does not write what was removed meanwhile.
 */
export class UploadRecord {
  readonly #storage: UploadStorage;
  readonly #key: string;
  readonly #failed: (cause: unknown) => void;
  /** What the storage is still at. */
  #last: Promise<unknown> | undefined;

  constructor(storage: UploadStorage, key: string, failed: (cause: unknown) => void) {
    this.#storage = storage;
    this.#key = key;
    this.#failed = failed;
  }

  find(): Awaitable<StoredUpload | undefined> {
    return this.#inTurn(
      () => this.#storage.find(this.#key),
      (found) => checkedStored(found),
    );
  }

  save(upload: StoredUpload): Awaitable<void> {
    return this.#inTurn(
      () => this.#storage.save(this.#key, upload),
      () => undefined,
    );
  }

  remove(): Awaitable<void> {
    return this.#inTurn(
      () => this.#storage.remove(this.#key),
      () => undefined,
    );
  }

  #inTurn<A, B>(
    ask: () => Awaitable<A>,
    read: (value: A) => B | undefined,
  ): Awaitable<B | undefined> {
    const answer =
      this.#last === undefined
        ? this.#guarded(ask, read)
        : this.#last.then(() => this.#guarded(ask, read));
    if (!isPromise(answer)) return answer;
    const done = Promise.resolve(answer).finally(() => {
      if (this.#last === done) this.#last = undefined;
    });
    this.#last = done;
    return done;
  }

  #guarded<A, B>(
    ask: () => Awaitable<A>,
    read: (value: A) => B | undefined,
  ): Awaitable<B | undefined> {
    try {
      const value = ask();
      if (!isPromise(value)) return read(value);
      return value.then(read, (cause: unknown) => {
        this.#failed(cause);
        return undefined;
      });
    } catch (cause) {
      this.#failed(cause);
      return undefined;
    }
  }
}
