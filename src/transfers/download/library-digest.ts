import { sha256, sha512 } from '@noble/hashes/sha2';
import type { MakeDigest } from './running-digest.js';

/** Digests by a small library: Web Crypto takes nothing but wholes. */
export const libraryDigest: MakeDigest = (algorithm) => {
  const hash = (algorithm === 'sha-256' ? sha256 : sha512).create();
  return {
    update: (bytes) => {
      hash.update(bytes);
    },
    digest: () => hash.digest(),
  };
};
