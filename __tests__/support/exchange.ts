import { reasonPhrase } from './wire.js';
import type { Closing, FaultConnection } from './fault-connection.js';
import type { RequestHead } from './request-head.js';

export type HeaderFields =
  | Readonly<Record<string, string | number | readonly string[]>>
  | ReadonlyArray<readonly [string, string]>;

/**
 * One request and everything that can be done to answer it, well or badly. Nothing is added to what you write: `head`
 * sends no length and no date. Only `respond` is polite. Each write resolves when the system took the bytes and throws
 * `PeerGone` when the client has left, which ends a script quietly.
 */
export class Exchange {
  /** Resolves when the answer is over: `respond` is done or the connection is closed by either side. */
  readonly finished: Promise<void>;
  #finish!: () => void;
  #kept = false;
  #body: Promise<Buffer> | undefined;
  readonly #before: number;
  /** Counts from 1 over the whole server. */
  readonly n: number;
  readonly request: RequestHead;
  readonly connection: FaultConnection;

  constructor(n: number, request: RequestHead, connection: FaultConnection) {
    this.n = n;
    this.request = request;
    this.connection = connection;
    this.#before = connection.inbox.total - connection.inbox.held;
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    void connection.closed.then(() => this.#finish());
  }

  /** Resolves with who ended the connection. Not seen while reading is stopped and bytes wait in the system's buffer. */
  get closed(): Promise<Closing> {
    return this.connection.closed;
  }

  get open(): boolean {
    return this.connection.open;
  }

  /** Set by `respond` and `keepAlive`: the next request of the connection is served after this one. */
  get kept(): boolean {
    return this.#kept;
  }

  /** Bytes of the body (with chunk framing) that arrived so far. */
  get receivedBytes(): number {
    return this.connection.inbox.total - this.#before;
  }

  /** The whole body without its framing; rejects when the client leaves before its end. */
  readBody(): Promise<Buffer> {
    this.#body ??= readBody(this.request, this.connection);
    return this.#body;
  }

  /** The next raw bytes of the body, at least one. Do not mix with `readBody`. */
  readSome(): Promise<Buffer> {
    return this.connection.inbox.takeSome();
  }

  stopReading(): void {
    this.connection.stopReading();
  }

  resumeReading(): void {
    this.connection.resumeReading();
  }

  /** Status line and fields and the empty line. Give pairs to repeat a name or keep its case. */
  head(
    status: number,
    headers: HeaderFields = {},
    reason: string = reasonPhrase(status),
  ): Promise<void> {
    return this.raw(headBytes(status, headers, reason));
  }

  /** Bytes of the body, unframed. */
  body(bytes: string | Uint8Array): Promise<void> {
    return this.raw(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
  }

  /** One chunk of a chunked body. */
  chunk(bytes: string | Uint8Array): Promise<void> {
    const data = Buffer.from(bytes as string);
    return this.raw(
      Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]),
    );
  }

  lastChunk(): Promise<void> {
    return this.raw('0\r\n\r\n');
  }

  /** A whole, correct answer; the connection stays open for the next request. */
  async respond(
    status: number,
    headers: HeaderFields = {},
    body: string | Uint8Array = '',
  ): Promise<void> {
    const bytes = Buffer.from(body as string);
    const fields = Object.entries(headers).some(
      ([name]) => name.toLowerCase() === 'content-length',
    );
    const bodiless = status === 204 || status === 304;
    await this.raw(
      headBytes(
        status,
        fields || bodiless ? headers : { ...headers, 'content-length': bytes.length },
        reasonPhrase(status),
      ),
    );
    if (!bodiless && this.request.method !== 'HEAD' && bytes.length > 0) await this.raw(bytes);
    this.keepAlive();
  }

  /** Says that the answer is over and the connection may serve another request. */
  keepAlive(): void {
    this.#kept = true;
    this.#finish();
  }

  /** Bytes as they are; a string is taken as latin1. */
  raw(bytes: string | Uint8Array): Promise<void> {
    return this.connection.raw(bytes);
  }

  /** Sends bytes a few at a time, each step when the test asks for it: `const drip = exchange.drip('abc'); await drip.step();` */
  drip(bytes: string | Uint8Array, sizeBytes = 1): Drip {
    return new Drip(Buffer.from(bytes as string), sizeBytes, (part) => this.raw(part));
  }

  /** The same by the clock, for tests whose client runs on the real one. */
  async dripEvery(intervalMs: number, bytes: string | Uint8Array, sizeBytes = 1): Promise<void> {
    const drip = this.drip(bytes, sizeBytes);
    while (!drip.done) {
      await drip.step();
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, intervalMs);
        void this.closed.then(() => (clearTimeout(timer), resolve(undefined)));
      });
    }
  }

  /** Sends nothing more; resolves when the client leaves. */
  stall(): Promise<Closing> {
    return this.connection.stall();
  }

  /** RST: the client sees ECONNRESET. */
  reset(): Promise<Closing> {
    return this.connection.reset();
  }

  /** FIN after what was written: a cut when more was promised. */
  end(): Promise<Closing> {
    return this.connection.end();
  }
}

/** Bytes that leave step by step. */
export class Drip {
  readonly #bytes: Buffer;
  readonly #sizeBytes: number;
  readonly #write: (part: Buffer) => Promise<void>;
  #at = 0;

  constructor(bytes: Buffer, sizeBytes: number, write: (part: Buffer) => Promise<void>) {
    this.#bytes = bytes;
    this.#sizeBytes = sizeBytes;
    this.#write = write;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Sends the next `count` portions. */
  async step(count = 1): Promise<void> {
    for (let i = 0; i < count && !this.done; i++) {
      const from = this.#at;
      this.#at += this.#sizeBytes;
      await this.#write(this.#bytes.subarray(from, this.#at));
    }
  }

  /** Sends all that is left at once. */
  async rest(): Promise<void> {
    const from = this.#at;
    this.#at = this.#bytes.length;
    if (from < this.#at) await this.#write(this.#bytes.subarray(from));
  }
}

function headBytes(status: number, headers: HeaderFields, reason: string): string {
  const lines = [`HTTP/1.1 ${status} ${reason}`];
  const pairs = Array.isArray(headers)
    ? (headers as ReadonlyArray<readonly [string, string]>)
    : Object.entries(headers);
  for (const [name, value] of pairs)
    for (const one of Array.isArray(value) ? value : [value]) lines.push(`${name}: ${one}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

async function readBody(request: RequestHead, connection: FaultConnection): Promise<Buffer> {
  const { inbox } = connection;
  if (/\bchunked\b/i.test(request.headers['transfer-encoding'] ?? '')) {
    const parts: Buffer[] = [];
    for (;;) {
      const size = parseInt((await inbox.takeThrough('\r\n')).toString('latin1'), 16);
      if (size === 0) break;
      parts.push((await inbox.take(size + 2)).subarray(0, size));
    }
    while ((await inbox.takeThrough('\r\n')).length > 2); // trailer fields
    return Buffer.concat(parts);
  }
  return inbox.take(Number(request.headers['content-length'] ?? 0));
}
