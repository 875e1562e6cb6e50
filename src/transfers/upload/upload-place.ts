import type { Subscriber } from 'rxjs';
import type { Awaitable } from './awaitable.js';
import type { RunSettings } from './run-settings.js';
import type { UploadNotice } from './upload-notice.js';
import type { StoredUpload } from './upload-storage.js';

/** What a life is longer by before that is written down: a server may put it off with every chunk. */
const WORTH_SAVING_MS = 60_000;

/** Where an upload lives at the server, and who knows of it: the storage, and whoever listens. */
export class UploadPlace {
  readonly #set: RunSettings;
  readonly #out: Subscriber<UploadNotice<Uint8Array>>;
  #url: string | undefined;
  #isResumed = false;
  #isTold = false;
  /** The expiry that the record has. */
  #savedMs = 0;

  constructor(settings: RunSettings, out: Subscriber<UploadNotice<Uint8Array>>) {
    this.#set = settings;
    this.#out = out;
  }

  get url(): string | undefined {
    return this.#url;
  }

  /** Whether an earlier process had begun it. */
  get isResumed(): boolean {
    return this.#isResumed;
  }

  /** Takes over what was remembered, unless it has expired or is of other content. */
  resume(found: StoredUpload | undefined): boolean {
    const { job } = this.#set;
    if (found === undefined || (found.expiresAtMs ?? Infinity) <= job.now()) return false;
    if (found.size !== undefined && job.size !== undefined && found.size !== job.size) return false;
    this.#url = found.url;
    this.#savedMs = found.expiresAtMs ?? Infinity;
    this.#isResumed = true;
    return true;
  }

  /** The server named the URL: a new one is remembered, and a life that became longer. */
  locate(url: string, expiresAtMs: number | undefined): Awaitable<void> {
    if (this.#url === url && (expiresAtMs ?? 0) < this.#savedMs + WORTH_SAVING_MS) return;
    this.#url = url;
    this.#savedMs = expiresAtMs ?? Infinity;
    return this.#set.record?.save({ url, size: this.#set.job.size, expiresAtMs });
  }

  /** Tells of it once. */
  tell(offset: number): void {
    if (this.#isTold || this.#url === undefined) return;
    this.#isTold = true;
    this.#out.next({ type: 'begun', url: this.#url, offset, resumed: this.#isResumed });
  }

  /** It is there no more. */
  forget(): Awaitable<void> {
    this.#url = undefined;
    this.#isResumed = false;
    this.#isTold = false;
    return this.#set.record?.remove();
  }

  /** It is complete. */
  finish(): Awaitable<void> {
    return this.#set.keepsRecord ? undefined : this.#set.record?.remove();
  }

  /** Has the server let go of it, without waiting for that. */
  abandon(): void {
    const { protocol, farewell, job, record } = this.#set;
    if (this.#url === undefined) return;
    void record?.remove();
    protocol.abandon(farewell, job, this.#url).subscribe({ error: () => undefined });
  }
}
