import {
  createServer,
  request as requestOf,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** One thing that a proxy was asked: `CONNECT host:port`, or a request with an absolute URL. */
export interface AskedOfProxy {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly proxyAuthorization: string | undefined;
}

export interface ForwardProxyOptions {
  /** Answers 407 unless `Proxy-Authorization` is exactly this. */
  readonly requires?: string;
  /** Where to really connect, so that made-up names lead to loopback servers. */
  readonly route?: (host: string, port: number) => { readonly host: string; readonly port: number };
}

export interface ForwardProxy {
  readonly url: string;
  readonly port: number;
  readonly asked: readonly AskedOfProxy[];
  stop(): Promise<void>;
}

/** Starts an HTTP forward proxy that also answers CONNECT, on a free loopback port, and keeps what it was asked. */
export async function forwardProxy(options: ForwardProxyOptions = {}): Promise<ForwardProxy> {
  const asked: AskedOfProxy[] = [];
  const sockets = new Set<Socket | Duplex>();
  const route = options.route ?? ((host: string, port: number) => ({ host, port }));
  const keep = (socket: Socket | Duplex): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  };
  const note = (request: IncomingMessage): boolean => {
    const proxyAuthorization = request.headers['proxy-authorization'];
    asked.push({
      method: request.method ?? '',
      target: request.url ?? '',
      headers: request.headers,
      proxyAuthorization,
    });
    return options.requires === undefined || proxyAuthorization === options.requires;
  };

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (!note(request)) {
      response.writeHead(407, { 'proxy-authenticate': 'Basic realm="proxy"' }).end();
      return;
    }
    const target = new URL(request.url ?? '');
    const {
      'proxy-authorization': _secret,
      'proxy-connection': _connection,
      ...headers
    } = request.headers;
    const onward = requestOf(
      {
        ...route(target.hostname, Number(target.port || 80)),
        method: request.method,
        path: target.pathname + target.search,
        headers,
        agent: false,
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        answer.on('error', () => response.destroy());
      },
    );
    onward.on('error', () =>
      response.headersSent ? response.destroy() : response.writeHead(502).end(),
    );
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  server.on('connect', (request: IncomingMessage, client: Duplex, early: Buffer) => {
    keep(client);
    if (!note(request)) {
      client.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="proxy"\r\ncontent-length: 0\r\n\r\n',
      );
      return;
    }
    const at = (request.url ?? '').lastIndexOf(':');
    const onward = connect(
      route((request.url ?? '').slice(0, at), Number((request.url ?? '').slice(at + 1))),
      () => {
        client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        onward.write(early);
        onward.pipe(client);
        client.pipe(onward);
      },
    );
    keep(onward);
    onward.on('close', () => client.destroy());
    client.on('close', () => onward.destroy());
  });
  server.on('connection', keep);
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    asked,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
