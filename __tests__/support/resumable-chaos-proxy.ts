import { once } from 'node:events';
import { Agent, createServer, request as forward } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What the proxy does to one request, and after how many bytes of its body or answer. */
export interface Mischief {
  readonly what: 'cut' | 'stall' | 'reset' | 'truncate';
  readonly afterBytes: number;
}

export interface ChaosProxy {
  readonly url: string;
  readonly requests: number;
  /** Bytes of request bodies that clients sent. */
  readonly sent: number;
  readonly mischiefs: Readonly<Record<Mischief['what'], number>>;
  readonly open: number;
  stop(): Promise<void>;
}

/**
 * Stands between clients and an origin and breaks what goes through: cuts a body, stops reading it, resets at the start,
 * or lets the origin do everything and truncates its answer.
 */
export async function chaosProxy(
  port: number,
  mischief: (bodyBytes: number) => Mischief | undefined,
): Promise<ChaosProxy> {
  const sockets = new Set<Socket>();
  const agent = new Agent({ keepAlive: true });
  const mischiefs = { cut: 0, stall: 0, reset: 0, truncate: 0 };
  let requests = 0;
  let sent = 0;
  const server = createServer((incoming, response) => {
    requests += 1;
    const does = mischief(Number(incoming.headers['content-length'] ?? 0));
    if (does !== undefined) mischiefs[does.what] += 1;
    incoming.on('error', () => undefined);
    response.on('error', () => undefined);
    const { socket } = incoming;
    if (does?.what === 'reset') {
      socket.resetAndDestroy();
      return;
    }
    const upstream = forward({
      port,
      host: '127.0.0.1',
      agent,
      method: incoming.method,
      path: incoming.url,
      headers: incoming.headers,
    });
    upstream.on('error', () => socket.destroy());
    response.once('close', () => {
      if (!response.writableFinished) upstream.destroy();
    });
    let passed = 0;
    incoming.on('data', (chunk: Buffer) => {
      sent += chunk.length;
      passed += chunk.length;
      const isOver = does !== undefined && does.what !== 'truncate' && passed >= does.afterBytes;
      if (isOver && does.what === 'stall') {
        incoming.pause();
        return;
      }
      if (!upstream.write(chunk)) {
        incoming.pause();
        upstream.once('drain', () => incoming.resume());
      }
      if (isOver) socket.resetAndDestroy();
    });
    incoming.on('end', () => {
      if (does?.what !== 'stall') upstream.end();
    });
    upstream.on('information', ({ statusCode, rawHeaders }) => {
      const lines = rawHeaders.map((text, at) => text + (at % 2 === 0 ? ': ' : '\r\n')).join('');
      socket.write(`HTTP/1.1 ${statusCode} Interim\r\n${lines}\r\n`);
    });
    upstream.on('response', (answer) => {
      answer.on('error', () => socket.destroy());
      if (does?.what === 'truncate') {
        answer.resume();
        socket.write('HTTP/1.1 200 OK\r\nUpload-Off', () => socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    get sent() {
      return sent;
    },
    get open() {
      return sockets.size;
    },
    mischiefs,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      await closed;
    },
  };
}
