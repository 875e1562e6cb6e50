/** One way to hash the words of RFC 7616 section 3.9.1. */
export interface DigestVector {
  readonly algorithm: string;
  readonly qop: 'auth' | 'auth-int';
}

export const VECTORS: readonly DigestVector[] = ['MD5', 'SHA-256', 'SHA-512-256'].flatMap((hash) =>
  [hash, `${hash}-sess`].flatMap((algorithm) =>
    (['auth', 'auth-int'] as const).map((qop) => ({ algorithm, qop })),
  ),
);

export const REALM = 'http-auth@example.org';
export const NONCE = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v';
export const CNONCE = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ';
export const MUFASA = { user: 'Mufasa', password: 'Circle of Life' } as const;
export const BODY = 'a body, hashed bit by bit';
