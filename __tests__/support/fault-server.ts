import { createServer, type AddressInfo } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { Exchange } from './exchange.js';
import { FaultConnection, PeerGone } from './fault-connection.js';
import { InboxEnded } from './inbox.js';
import { parseRequestHead } from './request-head.js';
import { tlsIdentity, type TlsIdentityName } from './tls-identities.js';
import { Watch } from './watch.js';

/**
 * Decides what happens to one request. When it returns, the connection is closed with FIN unless it called `respond` or
 * `keepAlive`; then the next request of the connection is read. Without a script every exchange is answered by hand.
 */
export type Script = (exchange: Exchange) => unknown;

export interface FaultServerOptions {
  /** Speak TLS with this identity. */
  readonly tls?: TlsIdentityName;
  /** Runs on each accepted connection before anything is read (before the TLS handshake); it may end it or never return. */
  readonly connection?: (connection: FaultConnection) => unknown;
  readonly host?: string;
}

export interface FaultServer {
  /** `http://127.0.0.1:port`, or `https://localhost:port`. */
  readonly url: string;
  readonly port: number;
  readonly exchanges: readonly Exchange[];
  readonly connections: { readonly opened: number; readonly closed: number; readonly open: number };
  /** The next exchange not yet given out by this function, once its head has arrived. */
  next(): Promise<Exchange>;
  /** Exchange `n` (from 1). */
  exchange(n: number): Promise<Exchange>;
  /** Connection `n` (from 1), accepted but perhaps silent. */
  connection(n: number): Promise<FaultConnection>;
  /** No connection is open. */
  unconnected(): Promise<void>;
  until(condition: (server: FaultServer) => boolean): Promise<void>;
  /** Destroys every connection and closes; rejects with the first mistake of a script. */
  stop(): Promise<void>;
}

/** Starts a server on raw sockets on a free loopback port that does exactly what its script says. */
export async function faultServer(
  script: Script = (exchange) => exchange.finished,
  options: FaultServerOptions = {},
): Promise<FaultServer> {
  const watch = new Watch();
  const exchanges: Exchange[] = [];
  const connections: FaultConnection[] = [];
  const live = new Set<FaultConnection>();
  const mistakes: unknown[] = [];
  const counts = { opened: 0, closed: 0, open: 0 };
  let givenOut = 0;
  let stopping = false;

  const serve = async (connection: FaultConnection): Promise<void> => {
    while (connection.open) {
      const rawHead = (await connection.inbox.takeThrough('\r\n\r\n')).toString('latin1');
      const exchange = new Exchange(exchanges.length + 1, parseRequestHead(rawHead), connection);
      exchanges.push(exchange);
      watch.changed();
      await script(exchange);
      if (!exchange.kept) {
        await connection.end();
        return;
      }
      connection.resumeReading();
      await exchange.readBody();
    }
  };

  const guarded = (connection: FaultConnection, work: () => Promise<unknown>): void => {
    work().catch((error: unknown) => {
      if (!(error instanceof PeerGone) && !(error instanceof InboxEnded) && !stopping)
        mistakes.push(error);
      connection.destroy();
    });
  };

  const secureContext = options.tls ? createSecureContext(tlsIdentity(options.tls)) : undefined;
  const server = createServer({ noDelay: true }, (tcp) => {
    const connection = new FaultConnection(connections.length + 1, tcp);
    connections.push(connection);
    live.add(connection);
    counts.opened++;
    counts.open++;
    void connection.closed.then(() => {
      live.delete(connection);
      counts.open--;
      counts.closed++;
      watch.changed();
    });
    watch.changed();
    guarded(connection, async () => {
      await options.connection?.(connection);
      if (!connection.open) return;
      connection.listen(
        secureContext ? new TLSSocket(tcp, { isServer: true, secureContext }) : tcp,
      );
      await serve(connection);
    });
  });

  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen({ port: 0, host, backlog: 4096 }, resolve),
  );
  const port = (server.address() as AddressInfo).port;
  const exchange = (n: number): Promise<Exchange> => watch.until<Exchange>(() => exchanges[n - 1]);

  const faults: FaultServer = {
    url: options.tls
      ? `https://localhost:${port}`
      : `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    exchanges,
    connections: counts,
    exchange,
    next: () => exchange(++givenOut),
    connection: (n) => watch.until<FaultConnection>(() => connections[n - 1]),
    unconnected: () => watch.until(() => counts.open === 0).then(() => undefined),
    until: (condition) => watch.until(() => condition(faults)).then(() => undefined),
    stop: async () => {
      stopping = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of live) connection.destroy();
      await closed;
      if (mistakes.length > 0) throw mistakes[0];
    },
  };
  return faults;
}
