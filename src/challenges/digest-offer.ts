import type { Challenge } from '../http/challenge.js';
import type { DigestHash } from './hash.js';

/** What a Digest challenge asks for, as far as it can be answered. */
export interface DigestOffer {
  readonly hash: DigestHash;
  /** As the server wrote it; `undefined` where it named none, which means MD5. */
  readonly algorithm: string | undefined;
  /** Whether the algorithm is a `-sess` form. */
  readonly session: boolean;
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** `undefined` for servers that know none (RFC 2069). */
  readonly qop: 'auth' | 'auth-int' | undefined;
  readonly userhash: boolean;
  readonly domain: readonly string[];
}

const HASHES: Readonly<Record<string, DigestHash>> = {
  md5: 'MD5',
  'sha-256': 'SHA-256',
  'sha-512-256': 'SHA-512-256',
};

/** Reads a Digest challenge; `undefined` when its algorithm or its protection is none that is known. */
export function digestOffer({ params }: Challenge): DigestOffer | undefined {
  const { algorithm, nonce, opaque, realm = '', domain = '' } = params;
  const name = (algorithm ?? 'MD5').toLowerCase();
  const session = name.endsWith('-sess');
  const hash = HASHES[session ? name.slice(0, -5) : name];
  const offered = params['qop'] === undefined ? undefined : listOf(params['qop'].toLowerCase());
  const qop =
    offered?.includes('auth') === true
      ? 'auth'
      : offered?.includes('auth-int') === true
        ? 'auth-int'
        : undefined;
  if (hash === undefined || nonce === undefined || (offered !== undefined && qop === undefined))
    return undefined;
  return {
    hash,
    algorithm,
    session,
    realm,
    nonce,
    opaque,
    qop,
    userhash: params['userhash']?.toLowerCase() === 'true',
    domain: domain.split(/\s+/).filter((uri) => uri !== ''),
  };
}

/** Whether a user name can stand in a quoted string of a field. */
export function isAscii(text: string): boolean {
  return /^[ -~]*$/.test(text);
}

function listOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}
