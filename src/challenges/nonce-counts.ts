const MOST_NONCES = 1_000;

/**
 * How many requests were sent with each of the latest nonces, whoever's password they carried: a server that has seen a
 * count of a nonce takes it for a replay (RFC 7616 section 3.4).
 */
export class NonceCounts {
  readonly #counts = new Map<string, number>();

  /** The count of the request that goes out now. */
  next(realm: string, nonce: string): number {
    const key = JSON.stringify([realm, nonce]);
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.delete(key);
    this.#counts.set(key, count);
    if (this.#counts.size > MOST_NONCES)
      this.#counts.delete(this.#counts.keys().next().value ?? '');
    return count;
  }
}
