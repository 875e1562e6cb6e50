import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface FaultRelayOptions {
  /** How many bytes of the server's answer (TLS records included) get through on each connection. */
  readonly upTo: number;
  /** What happens then. */
  readonly then: 'reset' | 'cut' | 'stall';
}

export interface FaultRelay {
  readonly port: number;
  /** Bytes that the servers behind it sent so far, over all connections. */
  readonly bytesFromServer: number;
  stop(): Promise<void>;
}

/** Stands before any server on a loopback port and breaks its answers at a byte: so TLS can be cut in the handshake or body. */
export async function faultRelay(
  targetPort: number,
  options: FaultRelayOptions,
): Promise<FaultRelay> {
  const sockets = new Set<Socket>();
  let bytesFromServer = 0;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    keep(client);
    keep(target);
    client.pipe(target);
    client.on('close', () => target.destroy());
    let passed = 0;
    target.on('data', (bytes: Buffer) => {
      bytesFromServer += bytes.length;
      const part = bytes.subarray(0, Math.max(0, options.upTo - passed));
      passed += bytes.length;
      if (part.length > 0) client.write(part);
      if (passed < options.upTo) return;
      if (options.then === 'reset') client.resetAndDestroy();
      if (options.then === 'cut') client.end();
      if (options.then !== 'stall') target.destroy();
    });
    target.on('close', () => {
      if (passed < options.upTo) client.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get bytesFromServer() {
      return bytesFromServer;
    },
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
