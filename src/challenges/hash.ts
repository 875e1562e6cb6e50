import { md5 } from '@noble/hashes/legacy';
import { sha256, sha512_256 } from '@noble/hashes/sha2';

/** The hashes of RFC 7616, by the names of its registry, in order of strength. */
export type DigestHash = 'MD5' | 'SHA-256' | 'SHA-512-256';

/** A hash over bytes that come bit by bit. */
export interface RunningHash {
  update(bytes: Uint8Array): void;
  /** In lower-case hexadecimal digits; called once, at the end. */
  hex(): string;
}

interface Subtle {
  digest(name: string, data: Uint8Array): Promise<ArrayBuffer>;
}

const HASHES = { MD5: md5, 'SHA-256': sha256, 'SHA-512-256': sha512_256 } as const;

/** The hash in lower-case hexadecimal digits: by Web Crypto where it can, by a small library where it cannot. */
export async function hashHex(name: DigestHash, data: string | Uint8Array): Promise<string> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  return hex(await digest(name, bytes));
}

/** A hash that never holds what it hashes: Web Crypto takes nothing but wholes, so it is the library's. */
export function runningHash(name: DigestHash): RunningHash {
  const hash = HASHES[name].create();
  return {
    update: (bytes) => {
      hash.update(bytes);
    },
    hex: () => hex(hash.digest()),
  };
}

async function digest(name: DigestHash, bytes: Uint8Array): Promise<Uint8Array> {
  // Only a secure context has it: http pages in browsers do not.
  const subtle = (globalThis as { crypto?: { subtle?: Subtle } }).crypto?.subtle;
  return name === 'SHA-256' && subtle !== undefined
    ? new Uint8Array(await subtle.digest(name, bytes))
    : HASHES[name](bytes);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
