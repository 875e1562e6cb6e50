import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

export const BARRIER_PATH = '/--barrier--';

/** Connects after everybody who connected before, asks for the barrier path, and resolves when the answer is here. */
export function passThrough(host: string, port: number, secure: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = secure
      ? connectTls({ host, port, rejectUnauthorized: false })
      : connect({ host, port });
    socket.on('error', reject);
    socket.on('end', () => resolve());
    socket.resume();
    socket.write(`GET ${BARRIER_PATH} HTTP/1.1\r\nHost: x\r\n\r\n`);
  });
}
