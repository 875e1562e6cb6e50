import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStore } from '@tus/file-store';
import { Server, type ServerOptions } from '@tus/server';
import {
  type Fate,
  type ResumableServer,
  type SeenRequest,
  resumableServer,
} from './resumable-server.js';

export interface TusOrigin extends ResumableServer {
  /** Where uploads are created. */
  readonly files: string;
  /** How long an upload lives from now on. */
  expiresAfter(periodMs: number): void;
  /** The bytes of one upload, which is deleted. */
  take(url: string): Promise<Buffer>;
  /** The bytes of every upload that is there, by id. */
  stored(): Promise<readonly Buffer[]>;
}

/** A tus server of the reference implementation over a folder of its own. */
export async function tusOrigin(
  fate?: (request: SeenRequest) => Fate | undefined,
  options: Partial<ServerOptions> & { readonly expirationPeriodInMilliseconds?: number } = {},
): Promise<TusOrigin> {
  const folder = await mkdtemp(join(tmpdir(), 'coldwire-tus-'));
  const { expirationPeriodInMilliseconds = 0, ...rest } = options;
  const datastore = new FileStore({ directory: folder, expirationPeriodInMilliseconds });
  const tus = new Server({ path: '/files', datastore, lockDrainTimeout: 20, ...rest });
  const server = await resumableServer((request, response) => {
    tus.handle(request, response).catch(() => request.socket.destroy());
  }, fate);
  const { stop } = server;
  return Object.assign(server, {
    files: `${server.url}/files`,
    expiresAfter: (periodMs: number) => {
      datastore.expirationPeriodInMilliseconds = periodMs;
    },
    take: async (url: string) => {
      const file = join(folder, new URL(url).pathname.split('/').at(-1) ?? '');
      const bytes = await readFile(file);
      await Promise.all([rm(file), rm(`${file}.json`, { force: true })]);
      return bytes;
    },
    stored: async () => {
      const names = (await readdir(folder)).filter((name) => !name.endsWith('.json'));
      return Promise.all(names.map((name) => readFile(join(folder, name))));
    },
    stop: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  });
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
