import { createHash, randomBytes } from 'node:crypto';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const fieldOf = (header, name) =>
  new RegExp(`[ ,]${name}="?([^",]*)"?`).exec(header ?? '')?.[1] ?? '';

/** A Digest guard (RFC 7616, SHA-256, `auth`) of one realm: knows its nonces, and lets each count of a nonce in once. */
export class DigestGuard {
  #realm;
  #secret;
  #nonces = new Map();

  constructor(realm, user, password) {
    this.#realm = realm;
    this.#secret = sha256(`${user}:${realm}:${password}`);
  }

  /** Whether this is a right answer that has not been used before. */
  lets(method, uri, header) {
    const [nonce, nc, cnonce] = ['nonce', 'nc', 'cnonce'].map((name) => fieldOf(header, name));
    const numbers = `${nonce}:${nc}:${cnonce}:auth`;
    const wanted = sha256(`${this.#secret}:${numbers}:${sha256(`${method}:${uri}`)}`);
    const used = this.#nonces.get(nonce);
    if (used === undefined || used.has(nc) || fieldOf(header, 'response') !== wanted) return false;
    used.add(nc);
    return true;
  }

  challenge() {
    const nonce = randomBytes(16).toString('hex');
    this.#nonces.set(nonce, new Set());
    return `Digest realm="${this.#realm}", domain="/${this.#realm}", nonce="${nonce}", qop="auth", algorithm=SHA-256`;
  }
}
