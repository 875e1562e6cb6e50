import type { Agent, ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectWatch } from '../task/connect-watch.js';

/** The options that axios makes for `http.request`, as far as we look at them. */
export interface TransportOptions {
  readonly protocol?: string;
  readonly hostname?: string;
  readonly host?: string;
  readonly port?: string | number;
  readonly path?: string;
  readonly agent?: unknown;
  readonly maxBodyLength?: unknown;
}

/** A socket, with what tells of TLS and of what it has brought before. */
type PooledSocket = Socket & {
  encrypted?: boolean;
  secureConnecting?: boolean;
  [READ_BEFORE]?: number;
};

/** Bytes that a pooled socket had received when its last response ended. */
const READ_BEFORE = Symbol('bytes read before');

/** The socket, which a request does not have from its start. */
function socketOf({ socket }: { readonly socket: Socket | null }): PooledSocket | null {
  return socket;
}

/** False when no byte can have been sent; `undefined` when the error must tell. */
export function neverConnected(request: ClientRequest): false | undefined {
  const socket = socketOf(request);
  return socket == null || socket.connecting || socket.secureConnecting === true
    ? false
    : undefined;
}

/** Notes what the socket had read at the end of a response. */
export function noteRead(request: ClientRequest): void {
  const socket = socketOf(request);
  if (socket != null) socket[READ_BEFORE] = socket.bytesRead;
}

/** Whether the request failed because the server had closed a pooled connection just before: no byte of an answer came. */
export function isStale(request: ClientRequest, cause: unknown): boolean {
  const { code } = cause as { code?: unknown };
  const socket = socketOf(request);
  return (
    request.reusedSocket &&
    (code === 'ECONNRESET' || code === 'EPIPE') &&
    socket?.bytesRead === socket?.[READ_BEFORE]
  );
}

/** Closes the idle connections to the host of these options: what one of them was, the others are, too. */
export function dropIdle(request: ClientRequest, { hostname, host, port }: TransportOptions): void {
  const { agent } = request as { agent?: Partial<Agent> };
  const prefix = `${hostname ?? host ?? 'localhost'}:${String(port ?? '')}`;
  for (const [name, sockets] of Object.entries(agent?.freeSockets ?? {})) {
    if (name.startsWith(prefix)) for (const socket of [...(sockets ?? [])]) socket.destroy();
  }
}

/** Whether a proxy stands between: then it is the proxy that refuses a connection. */
export function isProxied({ path, agent }: TransportOptions): boolean {
  const tunnels = typeof agent === 'object' && agent !== null && 'proxy' in agent;
  return tunnels || /^https?:/.test(path ?? '');
}

/** Tells the watch when the connection stands, TLS included; returns what ends that. */
export function watchConnect(request: ClientRequest, watch: ConnectWatch): () => void {
  let unlisten: (() => void) | undefined;
  const connected = (): void => {
    unlisten?.();
    watch.connected();
  };
  const onSocket = (socket: PooledSocket): void => {
    const event =
      socket.secureConnecting === true
        ? 'secureConnect'
        : socket.connecting
          ? 'connect'
          : undefined;
    if (event === undefined) {
      connected();
      return;
    }
    socket.once(event, connected);
    unlisten = () => socket.removeListener(event, connected);
  };
  request.once('socket', onSocket);
  return () => {
    request.removeListener('socket', onSocket);
    unlisten?.();
  };
}
