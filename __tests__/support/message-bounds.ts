/** One message of HTTP/1.1 as it passes: what is known of it once its head is through. */
export interface PassingMessage {
  readonly startLine: string;
  /** Lower-case names; the last of one name counts. */
  readonly headers: Readonly<Record<string, string>>;
  readonly headBytes: number;
  /** Bytes of the body with its framing; `undefined` when only its end will tell. */
  readonly bodyBytes: number | undefined;
}

type State = 'head' | 'counted' | 'chunk-size' | 'chunk' | 'trailers' | 'unbounded';

/**
 * Watches bytes of HTTP/1.1 in one direction and tells where messages begin and end. Nothing is changed or held back.
 * `hasBody` says of a message without framing whether it has none or runs to the end of the connection.
 */
export class MessageBounds {
  readonly #begins: (message: PassingMessage) => void;
  readonly #ends: () => void;
  readonly #unframed: (message: Omit<PassingMessage, 'bodyBytes'>) => 'none' | 'to-the-end';
  #state: State = 'head';
  #line = '';
  #left = 0;

  constructor(
    unframed: (message: Omit<PassingMessage, 'bodyBytes'>) => 'none' | 'to-the-end',
    begins: (message: PassingMessage) => void,
    ends: () => void,
  ) {
    this.#unframed = unframed;
    this.#begins = begins;
    this.#ends = ends;
  }

  /** Takes bytes; returns how many belong to the current message: the rest is the next one's, to be pushed again. */
  push(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length) {
      const before = this.#state;
      at = this.#step(bytes, at);
      if (before !== 'head' && this.#isAtHead()) return at;
      if (before === 'head' && this.#isAtHead() && this.#line === '') return at;
    }
    return at;
  }

  #isAtHead(): boolean {
    return this.#state === 'head';
  }

  #step(bytes: Buffer, at: number): number {
    if (this.#state === 'unbounded') return bytes.length;
    if (this.#state === 'counted' || this.#state === 'chunk') {
      const taken = Math.min(this.#left, bytes.length - at);
      this.#left -= taken;
      if (this.#left === 0) {
        if (this.#state === 'counted') this.#end();
        else this.#state = 'chunk-size';
      }
      return at + taken;
    }
    const newline = bytes.indexOf(10, at);
    const next = newline < 0 ? bytes.length : newline + 1;
    this.#line += bytes.toString('latin1', at, next);
    if (newline >= 0) this.#onLine();
    return next;
  }

  #onLine(): void {
    if (this.#state === 'head') {
      if (!this.#line.endsWith('\r\n\r\n')) return;
      const head = this.#line;
      this.#line = '';
      this.#onHead(head);
      return;
    }
    const line = this.#line.trim();
    this.#line = '';
    if (this.#state === 'trailers') {
      if (line === '') this.#end();
      return;
    }
    const size = parseInt(line, 16);
    if (size === 0) this.#state = 'trailers';
    else {
      this.#state = 'chunk';
      this.#left = size + 2;
    }
  }

  #onHead(head: string): void {
    const [startLine = '', ...lines] = head.split('\r\n').filter((line) => line !== '');
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    ) as Record<string, string>;
    const message = { startLine, headers, headBytes: head.length };
    const chunked = /chunked/i.test(headers['transfer-encoding'] ?? '');
    const length = chunked ? undefined : headers['content-length'];
    const bodiless = this.#unframed(message) === 'none';
    const bodyBytes =
      length !== undefined && !(bodiless && /^HTTP/.test(startLine))
        ? Number(length)
        : chunked || !bodiless
          ? undefined
          : 0;
    this.#begins({ ...message, bodyBytes });
    if (chunked) this.#state = 'chunk-size';
    else if (bodyBytes === undefined) this.#state = 'unbounded';
    else if (bodyBytes === 0) this.#end();
    else {
      this.#state = 'counted';
      this.#left = bodyBytes;
    }
  }

  #end(): void {
    this.#state = 'head';
    this.#ends();
  }
}
