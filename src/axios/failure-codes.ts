import type { NetworkCode } from '../errors/kinds.js';
import type { PlatformFailures } from './axios-error.js';

/*
 * What the platforms call it                                             what we call it
 *   ECONNREFUSED                                                           CONNECTION_REFUSED
 *   ECONNRESET, EPIPE, other side closed                                   CONNECTION_RESET
 *   ENOTFOUND, EAI_*                                                       DNS_FAILED
 *   EHOSTUNREACH, ENETUNREACH, the system's own ETIMEDOUT                  UNREACHABLE
 *   certificate and handshake                                              TLS_FAILED
 *   the parser's HPE_*, heads too large, lengths that differ               MALFORMED_RESPONSE
 *   anything that breaks off behind the head                               BODY_TRUNCATED
 *   refused, unknown or unreachable when it was a proxy                    PROXY_FAILED
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
  // What the parser of newer fetches fails with has no code, but a name.
  HTTPParserError: 'MALFORMED_RESPONSE',
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

const WORDS: Readonly<Partial<Record<NetworkCode, string>>> = {
  CONNECTION_REFUSED: 'the connection was refused',
  DNS_FAILED: 'the host name was not found',
  TLS_FAILED: 'no secure connection could be made',
  UNREACHABLE: 'the host cannot be reached',
  PROXY_FAILED: 'the proxy cannot be reached',
  MALFORMED_RESPONSE: 'the response is not HTTP',
};

/** What Node, its fetch and its TLS fail with; when it was a proxy that could not be reached, that is said. */
export const nodeFailures: PlatformFailures = {
  networkCode,
  isNeverSent: (code) => NEVER_SENT.has(code),
  timeouts: {
    UND_ERR_CONNECT_TIMEOUT: 'connect',
    UND_ERR_HEADERS_TIMEOUT: 'response',
    UND_ERR_BODY_TIMEOUT: 'idle',
  },
  refusals: /^ERR_(INVALID_(CHAR|ARG)|UNESCAPED|HTTP_INVALID)/,
  words: WORDS,
};

/** The same where the connection goes through a proxy. */
export const proxiedFailures: PlatformFailures = {
  ...nodeFailures,
  networkCode: (code, answered) => {
    const found = networkCode(code, answered);
    return found !== undefined && found !== 'TLS_FAILED' && NEVER_SENT.has(found)
      ? 'PROXY_FAILED'
      : found;
  },
};

/** Our word for a platform's code. */
function networkCode(code: unknown, answered: boolean): NetworkCode | undefined {
  if (typeof code !== 'string') return undefined;
  // Where there is no head yet, it names two lengths.
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH')
    return answered ? 'BODY_TRUNCATED' : 'MALFORMED_RESPONSE';
  if (Object.hasOwn(CODES, code)) return CODES[code];
  return FAMILIES.find(([pattern]) => pattern.test(code))?.[1];
}
