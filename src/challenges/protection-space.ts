/**
 * Where a credential holds (RFC 9110 section 11.5): a realm of an origin, for one scheme, of the server or of a proxy.
 */
export interface ProtectionSpace {
  /** Scheme, host and port: `https://api.example.com`, as `URL.origin` writes them. Of a proxy, the proxy's. */
  readonly origin: string;
  /** The server's name for the space; empty where it gives none. */
  readonly realm: string;
  /** The authentication scheme, in lower case. */
  readonly scheme: string;
  /** Whether a proxy asks. */
  readonly proxy: boolean;
}

/** One text for one space, and no other. */
export function keyOfSpace({ origin, realm, scheme, proxy }: ProtectionSpace): string {
  return JSON.stringify([origin, realm, scheme, proxy]);
}

/** Whether two are the same space. */
export function isSameSpace(one: ProtectionSpace, other: ProtectionSpace): boolean {
  return keyOfSpace(one) === keyOfSpace(other);
}
