/** The digests of RFC 9530 that are verified; its others are insecure or unknown. */
export type DigestAlgorithm = 'sha-256' | 'sha-512';

/** A digest over bytes that come bit by bit. */
export interface RunningDigest {
  update(bytes: Uint8Array): void;
  /** Called once, at the end. */
  digest(): Uint8Array;
}

/** Where digests come from: a platform's own, or a library's. */
export type MakeDigest = (algorithm: DigestAlgorithm) => RunningDigest;

/** What bytes should come to. */
export interface WantedDigest {
  readonly algorithm: DigestAlgorithm;
  readonly expected: Uint8Array;
}

/** Looks at bytes on their way, and knows at the end whether they are those that were promised. */
export class DigestCheck {
  readonly #running: readonly (WantedDigest & { readonly running: RunningDigest })[];

  constructor(wanted: readonly WantedDigest[], make: MakeDigest) {
    this.#running = wanted.map((one) => ({ ...one, running: make(one.algorithm) }));
  }

  update(bytes: Uint8Array): void {
    for (const { running } of this.#running) running.update(bytes);
  }

  /** The first algorithm by which the bytes are others; `undefined` when they are the right ones. */
  mismatch(): DigestAlgorithm | undefined {
    return this.#running.find(({ running, expected }) => !equal(running.digest(), expected))
      ?.algorithm;
  }
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
