import { createServer, type AddressInfo } from 'node:net';

/** The URL of a port on which nobody listens any more. */
export function closedUrl(): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(`http://127.0.0.1:${String(port)}/`));
    });
  });
}
