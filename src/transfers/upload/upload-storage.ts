import type { Awaitable } from './awaitable.js';

/** What is remembered of an upload, so that another process can go on with it. Plain JSON. */
export interface StoredUpload {
  /** Where the upload goes on. Who knows it may be able to write there. */
  readonly url: string;
  /** Bytes in all, when known. */
  readonly size: number | undefined;
  /** When the server lets it go, in milliseconds since 1970; `undefined` when it did not say. */
  readonly expiresAtMs: number | undefined;
}

/**
 * Where uploads are remembered, by keys that coldwire makes: `memoryUploads`, `webUploads`, `fileUploads` of
 * `coldwire/node`, or your own.
 *
 * @example
 * const storage: UploadStorage = { find: (key) => db.get(key), save: (key, upload) => db.put(key, upload), remove: (key) => db.del(key) };
 */
export interface UploadStorage {
  find(key: string): Awaitable<StoredUpload | undefined>;
  save(key: string, upload: StoredUpload): Awaitable<void>;
  remove(key: string): Awaitable<void>;
}

/**
 * Remembers uploads as long as the process lives.
 *
 * @example
 * const storage = memoryUploads();
 * resumableUpload(client, '/files', file, { storage });
 */
export function memoryUploads(): UploadStorage {
  const uploads = new Map<string, StoredUpload>();
  return {
    find: (key) => uploads.get(key),
    save: (key, upload) => {
      uploads.set(key, upload);
    },
    remove: (key) => {
      uploads.delete(key);
    },
  };
}

/** The part of Web Storage that is needed. */
export interface WebStorageLike {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/**
 * Remembers uploads in `localStorage` or `sessionStorage`, so that they go on after a reload.
 *
 * @example
 * resumableUpload(client, '/files', file, { storage: webUploads(localStorage) });
 */
export function webUploads(storage: WebStorageLike): UploadStorage {
  return {
    find: (key) => parseStored(storage.getItem(key)),
    save: (key, upload) => {
      storage.setItem(key, JSON.stringify(upload));
    },
    remove: (key) => {
      storage.removeItem(key);
    },
  };
}

/** What was remembered; what is no such record is as if it were not there. */
export function parseStored(text: string | null | undefined): StoredUpload | undefined {
  if (text === null || text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return checkedStored(value);
}

/** A record as it should be, or nothing: storages outlive versions. */
export function checkedStored(value: unknown): StoredUpload | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { url, size, expiresAtMs } = value as Partial<Record<keyof StoredUpload, unknown>>;
  if (typeof url !== 'string') return undefined;
  return {
    url,
    size: typeof size === 'number' ? size : undefined,
    expiresAtMs: typeof expiresAtMs === 'number' ? expiresAtMs : undefined,
  };
}
