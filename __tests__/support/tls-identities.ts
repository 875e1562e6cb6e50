import { readFileSync } from 'node:fs';

/**
 * What a test server shows in the TLS handshake: `localhost` is right (localhost, *.localhost, 127.0.0.1 and ::1, signed
 * by `testAuthority()`), `wrong-host` is signed by it for wrong.test only, `expired` ended in 2020, `untrusted` comes from
 * an authority that nobody trusts.
 */
export type TlsIdentityName = 'localhost' | 'wrong-host' | 'expired' | 'untrusted';

export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

const read = (file: string): string =>
  readFileSync(new URL(`./tls/${file}`, import.meta.url), 'utf8');

export const tlsIdentity = (name: TlsIdentityName): TlsIdentity => ({
  key: read(`${name}.key.pem`),
  cert: read(`${name}.pem`),
});

/** The authority to give to a client (`new https.Agent({ ca: testAuthority() })`) that shall trust `localhost`. */
export const testAuthority = (): string => read('ca.pem');
