import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { BARRIER_PATH, passThrough } from './barrier.js';
import { tlsIdentity, type TlsIdentityName } from './tls-identities.js';
import { Watch } from './watch.js';

/** One request as the server saw it; `n` counts from 1 over the whole server, `connection` too. */
export interface SeenRequest {
  readonly n: number;
  readonly connection: number;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values as sent, in turn, as `node:http` lists them. */
  readonly rawHeaders: readonly string[];
  /** The body so far; `body()` waits for all of it. */
  readonly received: Buffer;
  readonly receivedAll: boolean;
  /** `open` until the answer is handed to the system (`answered`) or the connection closes before that (`cut`). */
  readonly state: 'open' | 'answered' | 'cut';
  /** The connection that carried it is closed, whether or not the answer was complete. */
  readonly connectionClosed: boolean;
  /** The whole body; rejects when the client closes before its end. */
  body(): Promise<Buffer>;
}

/** What a handler may return instead of writing to the response itself. `json` is stringified and gets its content type. */
export interface Answer {
  readonly status?: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
  readonly json?: unknown;
}

export type LoopbackHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  seen: SeenRequest,
) => Answer | void | Promise<Answer | void>;

export interface LoopbackOptions {
  /** Serve https with this identity. */
  readonly tls?: TlsIdentityName;
  /** `false` leaves the body to the handler; otherwise every byte is read and kept in `received`. */
  readonly readsBody?: boolean;
  /** The address to listen on: `127.0.0.1` unless told, `::1` for IPv6. */
  readonly host?: string;
}

export interface LoopbackServer {
  /** `http://127.0.0.1:port`, no slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly requests: readonly SeenRequest[];
  readonly connections: { readonly opened: number; readonly closed: number; readonly open: number };
  /** The next request not yet given out by this function, once its head has arrived. */
  nextRequest(): Promise<SeenRequest>;
  /** Request `n` (from 1), once its head has arrived. */
  request(n: number): Promise<SeenRequest>;
  /** Request `n`, once the connection that carried it is closed. */
  closed(n: number): Promise<SeenRequest>;
  /** Request `n`, once its answer was handed to the system; rejects when it was cut. */
  answered(n: number): Promise<SeenRequest>;
  /** No request is waiting for its answer (kept-alive connections may be open). */
  idle(): Promise<void>;
  /** No connection is open. */
  unconnected(): Promise<void>;
  /** Any other condition over this server, looked at after every event. */
  until(condition: (server: LoopbackServer) => boolean): Promise<void>;
  /** Goes through the server's accept queue and back twice: what a client had sent before has been seen after it. */
  barrier(): Promise<void>;
  /** Destroys every socket and closes. Rejects with the first error that a handler threw by mistake. */
  stop(): Promise<void>;
}

/** Starts a recording `node:http` server on a free loopback port. The default handler answers 200 with an empty body. */
export async function loopback(
  handler: LoopbackHandler = () => ({}),
  options: LoopbackOptions = {},
): Promise<LoopbackServer> {
  const watch = new Watch();
  const requests: Array<Mutable<SeenRequest>> = [];
  const sockets = new Map<Socket, { n: number; readonly requests: Array<Mutable<SeenRequest>> }>();
  const counts = { opened: 0, closed: 0, open: 0 };
  const mistakes: unknown[] = [];
  let givenOut = 0;
  let busy = 0;

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const socket = request.socket;
    if (request.url === BARRIER_PATH) {
      forget(socket);
      response.setHeader('connection', 'close');
      response.end();
      return;
    }
    const parts: Buffer[] = [];
    const seen: Mutable<SeenRequest> = {
      n: requests.length + 1,
      connection: sockets.get(socket)?.n ?? 0,
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      get received() {
        return Buffer.concat(parts);
      },
      receivedAll: false,
      state: 'open',
      connectionClosed: false,
      body: () =>
        watch.until(() => {
          if (seen.receivedAll) return seen.received;
          if (seen.connectionClosed) throw new BodyCut(`request ${seen.n} was closed in its body`);
          return undefined;
        }),
    };
    requests.push(seen);
    sockets.get(socket)?.requests.push(seen);
    busy++;
    if (options.readsBody !== false)
      request.on('data', (bytes: Buffer) => (parts.push(bytes), watch.changed()));
    request.on('end', () => ((seen.receivedAll = true), watch.changed()));
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    response.on('finish', () => settle(seen, 'answered'));
    watch.changed();
    Promise.resolve()
      .then(() => handler(request, response, seen))
      .then((answer) => answer && send(response, answer))
      .catch((error: unknown) => {
        if (!(error instanceof BodyCut)) mistakes.push(error);
        response.destroy();
      });
  };

  const settle = (seen: Mutable<SeenRequest>, state: 'answered' | 'cut'): void => {
    if (seen.state !== 'open') return;
    seen.state = state;
    busy--;
    watch.changed();
  };

  const forget = (socket: Socket): void => {
    if (!sockets.delete(socket)) return;
    counts.opened--;
    counts.open--;
  };

  const server = options.tls
    ? createTlsServer(tlsIdentity(options.tls), onRequest)
    : createServer(onRequest);
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  server.maxRequestsPerSocket = 0;
  const raw = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    raw.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => raw.delete(socket));
  });
  server.on(options.tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    const connection = { n: ++counts.opened, requests: [] as Array<Mutable<SeenRequest>> };
    sockets.set(socket, connection);
    counts.open++;
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (!sockets.delete(socket)) return;
      counts.open--;
      counts.closed++;
      for (const seen of connection.requests) {
        seen.connectionClosed = true;
        settle(seen, 'cut');
      }
      watch.changed();
    });
    watch.changed();
  });
  server.on('clientError', (_error, socket) => socket.destroy());

  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen({ port: 0, host, backlog: 4096 }, resolve),
  );
  const port = (server.address() as AddressInfo).port;
  const request = (n: number): Promise<SeenRequest> =>
    watch.until<SeenRequest>(() => requests[n - 1]);

  const loopbackServer: LoopbackServer = {
    url: `${options.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    requests,
    connections: counts,
    request,
    nextRequest: () => request(++givenOut),
    closed: (n) =>
      watch.until<SeenRequest>(() =>
        requests[n - 1]?.connectionClosed ? requests[n - 1] : undefined,
      ),
    answered: (n) =>
      watch.until<SeenRequest>(() => {
        const seen = requests[n - 1];
        if (seen?.state === 'cut')
          throw new Error(`request ${n} was cut before its answer was complete`);
        return seen?.state === 'answered' ? seen : undefined;
      }),
    idle: () => watch.until(() => busy === 0).then(() => undefined),
    unconnected: () => watch.until(() => counts.open === 0).then(() => undefined),
    until: (condition) => watch.until(() => condition(loopbackServer)).then(() => undefined),
    barrier: async () => {
      await passThrough(host, port, options.tls !== undefined);
      await passThrough(host, port, options.tls !== undefined);
    },
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of [...sockets.keys(), ...raw]) socket.destroy();
      await closed;
      if (mistakes.length > 0) throw mistakes[0];
    },
  };
  return loopbackServer;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class BodyCut extends Error {}

function send(response: ServerResponse, answer: Answer): void {
  const headers: OutgoingHttpHeaders = { ...answer.headers };
  let body = answer.body ?? '';
  if ('json' in answer) {
    body = JSON.stringify(answer.json);
    headers['content-type'] ??= 'application/json';
  }
  if (headers['transfer-encoding'] === undefined)
    headers['content-length'] ??= Buffer.byteLength(body);
  response.writeHead(answer.status ?? 200, headers);
  response.end(body);
}
