import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Inbox } from './inbox.js';

/** Who ended a connection: the client in order (`fin`), the client abruptly (`reset`), or the test server itself. */
export type Closing = 'fin' | 'reset' | 'server';

/** What is thrown into a script whose peer has left; the fault server swallows it, so scripts need no guards. */
export class PeerGone extends Error {
  constructor() {
    super('the peer has closed the connection');
  }
}

/** One accepted connection, byte by byte. */
export class FaultConnection {
  readonly inbox: Inbox = new Inbox();
  readonly closed: Promise<Closing>;
  readonly #tcp: Socket;
  #stream: Socket | TLSSocket;
  #listening = false;
  #closing: Closing | undefined;
  #settle!: (closing: Closing) => void;

  readonly n: number;

  constructor(n: number, tcp: Socket) {
    this.n = n;
    this.#tcp = tcp;
    this.#stream = tcp;
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    tcp.on('error', (error: NodeJS.ErrnoException) =>
      this.#close(error.code === 'ECONNRESET' || error.code === 'EPIPE' ? 'reset' : 'server'),
    );
    tcp.on('close', () => this.#close('server'));
  }

  get open(): boolean {
    return this.#closing === undefined;
  }

  /** Starts reading, from the plain or the TLS stream over the connection. */
  listen(stream: Socket | TLSSocket): void {
    this.#stream = stream;
    this.#listening = true;
    stream.on('data', (bytes: Buffer) => this.inbox.push(bytes));
    stream.on('end', () => {
      this.#close('fin');
      this.destroy();
    });
    stream.on('error', () => this.#close('reset'));
    stream.on('close', () => this.#close('server'));
  }

  /** Writes bytes as they are; resolves when the system took them, rejects with `PeerGone`. */
  raw(bytes: string | Uint8Array): Promise<void> {
    if (!this.open || !this.#stream.writable) return Promise.reject(new PeerGone());
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    return new Promise((resolve, reject) => {
      this.#stream.write(data, (error) => (error ? reject(new PeerGone()) : resolve()));
      void this.closed.then(() => reject(new PeerGone()));
    });
  }

  /** Reads nothing more: what the client sends fills the system's buffers and then its own. */
  stopReading(): void {
    this.#stream.pause();
  }

  resumeReading(): void {
    this.#stream.resume();
  }

  /** Ends the connection with RST. */
  reset(): Promise<Closing> {
    this.#closing ??= 'server';
    this.#tcp.resetAndDestroy();
    return this.closed;
  }

  /** Ends the connection with FIN after what was written. */
  async end(): Promise<Closing> {
    this.#closing ??= 'server';
    if (!this.#stream.destroyed) await new Promise<void>((resolve) => this.#stream.end(resolve));
    this.destroy();
    return this.closed;
  }

  /** Does nothing until the peer closes. */
  stall(): Promise<Closing> {
    if (!this.#listening) this.listen(this.#tcp); // who does not read does not see the end
    return this.closed;
  }

  destroy(): void {
    this.#stream.destroy();
    this.#tcp.destroy();
  }

  #close(closing: Closing): void {
    this.#closing ??= closing;
    this.inbox.end();
    this.#settle(this.#closing);
  }
}
