import { parseDictionary } from 'structured-headers';
import type { HeaderFields } from '../../http/header-fields.js';
import { isCoded } from './coded.js';
import type { DigestAlgorithm, WantedDigest } from './running-digest.js';

const KNOWN: readonly DigestAlgorithm[] = ['sha-512', 'sha-256'];

/**
 * The digests of a field of RFC 9530 that we can verify. An unknown algorithm is passed over, and a field that does not
 * follow the grammar is as if it were not there (RFC 8941 section 4.2).
 */
export function wantedDigests(
  headers: HeaderFields,
  field: 'repr-digest' | 'content-digest',
): readonly WantedDigest[] {
  const text = headers.get(field);
  // What was coded was hashed coded; what we see is not that.
  if (text === undefined || isCoded(headers)) return [];
  try {
    const dictionary = parseDictionary(text);
    return KNOWN.flatMap((algorithm) => {
      const value: unknown = dictionary.get(algorithm)?.[0];
      return Object.prototype.toString.call(value) === '[object ArrayBuffer]'
        ? [{ algorithm, expected: new Uint8Array(value as ArrayBuffer) }]
        : [];
    });
  } catch {
    return [];
  }
}

/** Whether two lists contradict each other: then they speak of different bytes. */
export function contradict(one: readonly WantedDigest[], other: readonly WantedDigest[]): boolean {
  return one.some(({ algorithm, expected }) => {
    const twin = other.find((wanted) => wanted.algorithm === algorithm);
    return twin !== undefined && String(twin.expected) !== String(expected);
  });
}
