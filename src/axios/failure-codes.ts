import type { NetworkCode } from '../errors/kinds.js';

/*
 * What the platforms call it                                             what we call it
 *   ECONNREFUSED                                                           CONNECTION_REFUSED
 *   ECONNRESET, EPIPE, other side closed                                   CONNECTION_RESET
 *   ENOTFOUND, EAI_*                                                       DNS_FAILED
 *   EHOSTUNREACH, ENETUNREACH, the system's own ETIMEDOUT                  UNREACHABLE
 *   certificate and handshake                                              TLS_FAILED
 *   the parser's HPE_*, heads too large                                    MALFORMED_RESPONSE
 *   anything that breaks off behind the head                               BODY_TRUNCATED
 *   refused, unknown or unreachable when it was a proxy                    PROXY_FAILED
 *   fetch and XMLHttpRequest in a browser, which tell nothing              NETWORK_FAILED
 */
const CODES: Readonly<Record<string, NetworkCode>> = {
  ECONNREFUSED: 'CONNECTION_REFUSED',
  ECONNRESET: 'CONNECTION_RESET',
  ECONNABORTED: 'CONNECTION_RESET',
  EPIPE: 'CONNECTION_RESET',
  UND_ERR_SOCKET: 'CONNECTION_RESET',
  ENOTFOUND: 'DNS_FAILED',
  ENODATA: 'DNS_FAILED',
  ESERVFAIL: 'DNS_FAILED',
  EHOSTUNREACH: 'UNREACHABLE',
  EHOSTDOWN: 'UNREACHABLE',
  ENETUNREACH: 'UNREACHABLE',
  ENETDOWN: 'UNREACHABLE',
  EADDRNOTAVAIL: 'UNREACHABLE',
  ETIMEDOUT: 'UNREACHABLE',
  EPROTO: 'TLS_FAILED',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TLS_FAILED',
  SELF_SIGNED_CERT_IN_CHAIN: 'TLS_FAILED',
  HOSTNAME_MISMATCH: 'TLS_FAILED',
  UND_ERR_HEADERS_OVERFLOW: 'MALFORMED_RESPONSE',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'BODY_TRUNCATED',
};

const FAMILIES: readonly (readonly [RegExp, NetworkCode])[] = [
  [/^EAI_/, 'DNS_FAILED'],
  [/^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|UNABLE_TO_|INVALID_(CA|PURPOSE))/, 'TLS_FAILED'],
  [/^(HPE_|ERR_HTTP2_PROTOCOL|ERR_INVALID_HTTP)/, 'MALFORMED_RESPONSE'],
  [/^ERR_HTTP2_/, 'CONNECTION_RESET'],
  [/^(ERR_PROXY|ERR_SOCKS)/, 'PROXY_FAILED'],
];

/** Codes after which no byte of the request can have reached the server. */
const NEVER_SENT: ReadonlySet<NetworkCode> = new Set([
  'CONNECTION_REFUSED',
  'DNS_FAILED',
  'UNREACHABLE',
  'TLS_FAILED',
  'PROXY_FAILED',
]);

/** Whether a failure of this code lies before the first byte. */
export function isNeverSent(code: NetworkCode): boolean {
  return NEVER_SENT.has(code);
}

/** Our word for a platform's code. */
export function networkCode(code: unknown): NetworkCode | undefined {
  if (typeof code !== 'string') return undefined;
  if (Object.hasOwn(CODES, code)) return CODES[code];
  return FAMILIES.find(([pattern]) => pattern.test(code))?.[1];
}
