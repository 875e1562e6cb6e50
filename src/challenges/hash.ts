import { md5 } from '@noble/hashes/legacy';
import { sha256, sha512_256 } from '@noble/hashes/sha2';

/** The hashes of RFC 7616, by the names of its registry, in order of strength. */
export type DigestHash = 'MD5' | 'SHA-256' | 'SHA-512-256';

interface Subtle {
  digest(name: string, data: Uint8Array): Promise<ArrayBuffer>;
}

/** The hash in lower-case hexadecimal digits: by Web Crypto where it can, by a small library where it cannot. */
export async function hashHex(name: DigestHash, data: string | Uint8Array): Promise<string> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  return hex(await digest(name, bytes));
}

async function digest(name: DigestHash, bytes: Uint8Array): Promise<Uint8Array> {
  if (name === 'MD5') return md5(bytes);
  if (name === 'SHA-512-256') return sha512_256(bytes);
  // Only a secure context has it: http pages in browsers do not.
  const subtle = (globalThis as { crypto?: { subtle?: Subtle } }).crypto?.subtle;
  return subtle === undefined
    ? sha256(bytes)
    : new Uint8Array(await subtle.digest('SHA-256', bytes));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
