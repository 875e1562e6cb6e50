import { checkingInput } from '../errors/from-input.js';
import { taskError } from '../errors/task-error.js';
import type { Challenge } from '../http/challenge.js';
import { parseChallenges } from '../http/challenge.js';
import { checkFunction, checkOptionNames, ownOptions } from '../http/option-checks.js';
import type { TaskRequest } from '../http/request.js';
import type { ResponseHead } from '../http/response.js';
import { absoluteUrl } from '../http/url.js';
import { joinBytes } from '../task/join-bytes.js';
import type { AuthScheme, AuthSession, BodyCheck } from './auth-scheme.js';
import type { PasswordCredential } from './credential.js';
import { type DigestOffer, digestOffer, isAscii } from './digest-offer.js';
import { bodyHash } from './body-hash.js';
import { hashHex, runningHash } from './hash.js';
import { NonceCounts } from './nonce-counts.js';

/** What a Digest session needs from outside. */
export interface DigestOptions {
  /** Makes the client nonce. Default 16 bytes of the platform's strong randomness, in hexadecimal digits. */
  readonly cnonce?: () => string;
}

const STRENGTH = { MD5: 30, 'SHA-256': 40, 'SHA-512-256': 50 } as const;

/**
 * Digest (RFC 7616, and RFC 2069 for servers without `qop`): MD5, SHA-256 and SHA-512-256, their `-sess` forms, `qop`
 * `auth` and, where the server offers nothing else, `auth-int`; `userhash`, `nextnonce`, `stale`, `domain`; the server's
 * `rspauth` is checked, of `auth-int` over the body of its answer.
 */
export function digestScheme(options: DigestOptions = {}): AuthScheme {
  const cnonce = checkingInput(() => {
    checkOptionNames('digestScheme', options, ['cnonce']);
    const { cnonce: own = randomNonce } = ownOptions(options);
    checkFunction('digestScheme.cnonce', own);
    return own;
  });
  const counts = new NonceCounts();
  return {
    name: 'digest',
    strength: (challenge) => {
      const offer = digestOffer(challenge);
      return offer === undefined ? undefined : STRENGTH[offer.hash];
    },
    begin: (challenge, credential) => {
      const offer = digestOffer(challenge);
      return offer === undefined || !('user' in credential)
        ? undefined
        : new DigestSession(offer, normalized(credential), cnonce, counts);
    },
  };
}

class DigestSession implements AuthSession {
  readonly domain: readonly string[];
  readonly #offer: DigestOffer;
  readonly #credential: PasswordCredential;
  readonly #makeCnonce: () => string;
  #nonce: string;
  readonly #counts: NonceCounts;
  /** Of `-sess`: the key is made with the nonce of the challenge and the first client nonce, whatever nonce comes next. */
  #first: { readonly nonce: string; readonly cnonce: string } | undefined;

  constructor(
    offer: DigestOffer,
    credential: PasswordCredential,
    cnonce: () => string,
    counts: NonceCounts,
  ) {
    this.#counts = counts;
    this.#offer = offer;
    this.#credential = credential;
    this.#makeCnonce = cnonce;
    this.#nonce = offer.nonce;
    this.domain = offer.domain;
  }

  async authorize(request: TaskRequest): Promise<string> {
    const { hash, algorithm, realm, opaque, qop, userhash } = this.#offer;
    const nonce = this.#nonce;
    // Counted before anything is awaited, so that parallel requests never share a count.
    const count = this.#counts.next(realm, nonce);
    const cnonce = this.#first?.cnonce ?? this.#makeCnonce();
    if (this.#offer.session) this.#first ??= { nonce, cnonce };
    const uri = targetOf(request.url);
    const nc = count.toString(16).padStart(8, '0');
    const a2 = `${request.method}:${uri}`;
    const body = qop === 'auth-int' ? `:${await bodyHash(hash, request)}` : '';
    const response = await this.#response(a2 + body, { nonce, nc, cnonce });
    const { user } = this.#credential;
    const name = userhash
      ? [
          `username="${await hashHex(hash, joined(utf8(`${user}:`), asSent(realm)))}"`,
          'userhash=true',
        ]
      : isAscii(user)
        ? [`username=${quoted(user)}`]
        : [`username*=UTF-8''${percent(user)}`];
    return `Digest ${[
      ...name,
      `realm=${quoted(realm)}`,
      `nonce=${quoted(nonce)}`,
      `uri=${quoted(uri)}`,
      `response="${response}"`,
      ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
      ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
      ...(qop === undefined ? [] : [`qop=${qop}`, `nc=${nc}`]),
      ...(qop === undefined && !this.#offer.session ? [] : [`cnonce="${cnonce}"`]),
    ].join(', ')}`;
  }

  answers({ params }: Challenge): boolean {
    return params['nonce'] === this.#nonce;
  }

  isStale(challenge: Challenge): boolean {
    return (
      challenge.params['stale']?.toLowerCase() === 'true' &&
      digestOffer(challenge)?.realm === this.#offer.realm
    );
  }

  async learn(head: ResponseHead, request: TaskRequest, authorization: string): Promise<void> {
    const info = parseInfo(head.headers.get('authentication-info'));
    this.#nonce = info['nextnonce'] ?? this.#nonce;
    if ((info['qop'] ?? this.#offer.qop) === 'auth')
      await this.#prove(info, '', request, authorization);
  }

  checkBody(
    head: ResponseHead,
    request: TaskRequest,
    authorization: string,
  ): BodyCheck | undefined {
    const info = parseInfo(head.headers.get('authentication-info'));
    const { hash, qop } = this.#offer;
    if (qop !== 'auth-int' || (info['qop'] ?? qop) !== qop || info['rspauth'] === undefined)
      return undefined;
    const body = runningHash(hash);
    return {
      take: (bytes) => {
        body.update(bytes);
      },
      end: () => this.#prove(info, `:${body.hex()}`, request, authorization),
    };
  }

  /** The server knows what the answer was made of, too (RFC 7616 section 3.5). */
  async #prove(
    { rspauth }: Readonly<Record<string, string>>,
    body: string,
    request: TaskRequest,
    authorization: string,
  ): Promise<void> {
    if (rspauth === undefined) return;
    const sent = parseInfo(authorization.replace(/^Digest /, ''));
    const expected = await this.#response(`:${sent['uri'] ?? ''}${body}`, {
      nonce: sent['nonce'] ?? '',
      nc: sent['nc'] ?? '',
      cnonce: sent['cnonce'] ?? '',
    });
    if (expected === rspauth.toLowerCase()) return;
    const message = 'the server did not prove that it knows the password (rspauth)';
    throw taskError('auth', {}, { request, code: 'AUTH_SERVER_UNPROVEN', message });
  }

  async #response(
    a2: string,
    { nonce, nc, cnonce }: { nonce: string; nc: string; cnonce: string },
  ): Promise<string> {
    const { hash, realm, qop, session } = this.#offer;
    const { user, password } = this.#credential;
    const secret = await hashHex(
      hash,
      joined(utf8(`${user}:`), asSent(realm), utf8(`:${password}`)),
    );
    const first = this.#first ?? { nonce, cnonce };
    const ha1 = session
      ? await hashHex(hash, joined(utf8(secret), asSent(`:${first.nonce}:${first.cnonce}`)))
      : secret;
    const ha2 = await hashHex(hash, a2);
    const numbers = qop === undefined ? nonce : `${nonce}:${nc}:${cnonce}:${qop}`;
    return hashHex(hash, asSent(`${ha1}:${numbers}:${ha2}`));
  }
}

/** RFC 7616 section 4: Normalization Form C. */
function normalized({ user, password }: PasswordCredential): PasswordCredential {
  return { user: user.normalize('NFC'), password: password.normalize('NFC') };
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** What the server has sent goes into a hash as the bytes that it sent, whatever their charset: a character is one. */
function asSent(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return joinBytes(parts);
}

/** Parameters without a scheme in front. */
function parseInfo(value: string | undefined): Readonly<Record<string, string>> {
  return value === undefined ? {} : (parseChallenges([`x ${value}`])[0]?.params ?? {});
}

/** The request target of origin form: what stands in the request line. */
function targetOf(url: string): string {
  const { pathname, search } = absoluteUrl(url);
  return pathname + search;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** RFC 8187: what may stand in an extended value, everything else by percent. */
function percent(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function randomNonce(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
