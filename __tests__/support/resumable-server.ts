import { once } from 'node:events';
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
  createServer,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** One request as the server saw it. */
export interface SeenRequest {
  /** From 1. */
  readonly n: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Bytes of its body that arrived so far. */
  received: number;
  /** What it was answered with; undefined while it was not. */
  status: number | undefined;
}

/** What befalls one request; nothing for none of it. */
export interface Fate {
  /** The connection is reset once so many bytes of the body have arrived. */
  readonly cutAfter?: number;
  /** Everything is done as it should be, and then the connection is reset instead of the answer. */
  readonly losesAnswer?: boolean;
  /** Answered at once, with nothing of the body read. */
  readonly status?: number;
  /** When that answer is given; default at once. */
  readonly after?: Promise<unknown>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Nothing more is read and nothing answered. */
  readonly stalls?: boolean;
  /** A 104 with this Location goes out first. */
  readonly interim?: string;
  readonly interimFields?: string;
  readonly interimVersion?: string;
  /** The connection is reset before anything is looked at. */
  readonly resets?: boolean;
}

export interface ResumableServer {
  readonly url: string;
  readonly port: number;
  readonly requests: readonly SeenRequest[];
  /** Bytes of bodies that arrived in all. */
  readonly received: number;
  readonly open: number;
  /** Resolves once the condition holds; looked at on every change. */
  until(condition: () => boolean): Promise<void>;
  stop(): Promise<void>;
}

/** A server around a handler that counts every byte of a body and lets a fate befall each request. */
export async function resumableServer(
  handle: (request: IncomingMessage, response: ServerResponse) => unknown,
  fate: (request: SeenRequest) => Fate | undefined = () => undefined,
): Promise<ResumableServer> {
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const waiting = new Set<() => void>();
  const changed = (): void => {
    for (const look of [...waiting]) look();
  };
  const server = createServer((request, response) => {
    const seen: SeenRequest = {
      n: requests.length + 1,
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      received: 0,
      status: undefined,
    };
    requests.push(seen);
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const befalls = fate(seen) ?? {};
    const reset = (): void => {
      request.socket.resetAndDestroy();
    };
    const push = request.push.bind(request);
    request.push = (chunk: Buffer | null): boolean => {
      seen.received += chunk?.length ?? 0;
      const going = push(chunk);
      changed();
      if (befalls.cutAfter !== undefined && seen.received >= befalls.cutAfter) setImmediate(reset);
      return going;
    };
    const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
    response.writeHead = ((status: number, ...rest: unknown[]) => {
      seen.status = status;
      changed();
      if (befalls.losesAnswer === true) {
        reset();
        return response;
      }
      return writeHead(status, ...rest);
    }) as typeof response.writeHead;
    changed();
    if (befalls.interim !== undefined) {
      const { interim, interimFields = '', interimVersion = '8' } = befalls;
      request.socket.write(
        `HTTP/1.1 104 Upload Resumption Supported\r\nLocation: ${interim}\r\nUpload-Draft-Interop-Version: ${interimVersion}\r\n${interimFields}\r\n`,
      );
    }
    if (befalls.resets === true) setImmediate(reset);
    else if (befalls.stalls === true) return;
    else if (befalls.status !== undefined) {
      const { status, headers = {}, body } = befalls;
      void Promise.resolve(befalls.after).then(() => response.writeHead(status, headers).end(body));
    } else handle(request, response);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      changed();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    get received() {
      return requests.reduce((sum, { received }) => sum + received, 0);
    },
    get open() {
      return sockets.size;
    },
    until: (condition) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!condition()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
