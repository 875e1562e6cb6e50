import { type Awaitable, isPromise } from './awaitable.js';
import { type StoredUpload, type UploadStorage, checkedStored } from './upload-storage.js';

/** One upload's place in a storage. What the storage fails with is told, and is no end of the upload. */
export class UploadRecord {
  readonly #storage: UploadStorage;
  readonly #key: string;
  readonly #failed: (cause: unknown) => void;

  constructor(storage: UploadStorage, key: string, failed: (cause: unknown) => void) {
    this.#storage = storage;
    this.#key = key;
    this.#failed = failed;
  }

  find(): Awaitable<StoredUpload | undefined> {
    return this.#guarded(
      () => this.#storage.find(this.#key),
      (found) => checkedStored(found),
    );
  }

  save(upload: StoredUpload): Awaitable<void> {
    return this.#guarded(
      () => this.#storage.save(this.#key, upload),
      () => undefined,
    );
  }

  remove(): Awaitable<void> {
    return this.#guarded(
      () => this.#storage.remove(this.#key),
      () => undefined,
    );
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
