import { type IncomingMessage, createServer, request as requestOf } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it went over the wire. */
export interface Passed {
  readonly method: string;
  /** As in the request line. */
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  /** Bytes of its body that came, so far. */
  bodyBytes: number;
  /** What was answered; 0 when nothing was. */
  status: number;
}

export interface Relay {
  readonly url: string;
  readonly passed: readonly Passed[];
  /** What becomes of the fields of an answer. */
  onAnswer: (fields: readonly string[]) => readonly string[];
  stop(): Promise<void>;
}

/** Stands before a server on the loopback, hands everything on as it is, and keeps what was asked. */
export async function relay(port: number): Promise<Relay> {
  const passed: Passed[] = [];
  const server = createServer((asked, answer) => {
    const entry: Passed = {
      method: asked.method ?? '',
      target: asked.url ?? '',
      headers: asked.headers,
      bodyBytes: 0,
      status: 0,
    };
    passed.push(entry);
    const onward = requestOf({
      host: '127.0.0.1',
      port,
      agent: false,
      method: entry.method,
      path: entry.target,
      headers: asked.rawHeaders,
      setHost: false,
    });
    onward.once('response', (response) => {
      entry.status = response.statusCode ?? 0;
      answer.writeHead(entry.status, [...front.onAnswer(response.rawHeaders)]);
      response.pipe(answer);
      response.once('error', () => answer.destroy());
    });
    onward.once('error', () => answer.destroy());
    answer.once('close', () => onward.destroy());
    asked.on('data', (bytes: Buffer) => (entry.bodyBytes += bytes.length));
    asked.pipe(onward);
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const front: Relay = {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    passed,
    onAnswer: (fields) => fields,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return front;
}
