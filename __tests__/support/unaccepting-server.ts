import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

export interface UnacceptingServer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * A port where connecting hangs: a thread listens with the smallest backlog and never accepts, and the backlog is filled.
 * Linux then drops the next SYN, so a client stays in the connect phase; other systems may refuse instead (best effort).
 */
export async function unacceptingServer(): Promise<UnacceptingServer> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer();
     server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
     });`,
    { eval: true },
  );
  const port = await new Promise<number>((resolve, reject) =>
    worker.once('message', resolve).once('error', reject),
  );
  const fillers: Socket[] = [];
  for (let full = false; !full && fillers.length < 16;) full = !(await fill(port, fillers));
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    stop: async () => {
      for (const socket of fillers) socket.destroy();
      await worker.terminate();
    },
  };
}

/** One more connection into the backlog; false when it did not get in, which is how one knows that the backlog is full. */
function fill(port: number, fillers: Socket[]): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    fillers.push(socket);
    const timer = setTimeout(() => resolve(false), 150);
    socket.once('connect', () => (clearTimeout(timer), resolve(true)));
    socket.on('error', () => (clearTimeout(timer), resolve(false)));
  });
}
