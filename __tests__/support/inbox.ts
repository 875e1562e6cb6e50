import { Watch } from './watch.js';

/** Bytes that arrived and were not yet taken. `take…` wait for them and reject with `InboxEnded` when they can no longer come. */
export class Inbox {
  readonly #watch = new Watch();
  #bytes: Buffer = Buffer.alloc(0);
  #parts: Buffer[] = [];
  #ended = false;
  /** All bytes that ever arrived. */
  total = 0;

  get held(): number {
    return this.total - this.#taken;
  }
  #taken = 0;

  push(bytes: Buffer): void {
    this.total += bytes.length;
    this.#parts.push(bytes);
    this.#watch.changed();
  }

  end(): void {
    this.#ended = true;
    this.#watch.changed();
  }

  /** Exactly `count` bytes. */
  take(count: number): Promise<Buffer> {
    return this.#until(() => (this.held >= count ? this.#cut(count) : undefined));
  }

  /** Whatever is here, at least one byte. */
  takeSome(): Promise<Buffer> {
    return this.#until(() => (this.held > 0 ? this.#cut(this.held) : undefined));
  }

  /** Up to and with the first `mark`. */
  takeThrough(mark: string): Promise<Buffer> {
    let searched = 0;
    return this.#until(() => {
      const bytes = this.#joined();
      const at = bytes.indexOf(mark, Math.max(0, searched - mark.length), 'latin1');
      searched = bytes.length;
      return at < 0 ? undefined : this.#cut(at + mark.length);
    });
  }

  #until(read: () => Buffer | undefined): Promise<Buffer> {
    return this.#watch.until(() => {
      const bytes = read();
      if (bytes === undefined && this.#ended) throw new InboxEnded();
      return bytes;
    });
  }

  #joined(): Buffer {
    if (this.#parts.length > 0) {
      this.#bytes = Buffer.concat([this.#bytes, ...this.#parts]);
      this.#parts = [];
    }
    return this.#bytes;
  }

  #cut(count: number): Buffer {
    const bytes = this.#joined();
    this.#bytes = bytes.subarray(count);
    this.#taken += count;
    return bytes.subarray(0, count);
  }
}

export class InboxEnded extends Error {
  constructor() {
    super('the peer sends nothing more');
  }
}
