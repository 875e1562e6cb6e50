import { type ChildProcess, spawn } from 'node:child_process';
import {
  type FSWatcher,
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MOST_TRIES = 3;

/** The name of a server's log, in its folder. */
export const LOG = 'log';

/** A program that serves, with a folder of its own. */
export interface RealServer {
  readonly port: number;
  readonly url: string;
  /** Ends it and starts it again on the same port: what it held in memory is gone. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface Serving {
  readonly program: string;
  readonly args: (folder: string) => readonly string[];
  /** Writes the configuration. */
  readonly configure: (folder: string, port: number) => void;
  /** What stands in its log, `LOG` in the folder, once it listens. */
  readonly ready: RegExp;
}

/** Starts a server in the foreground, on a free port of the loopback, under a temporary folder that anybody can read. */
export async function serving(how: Serving): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), 'coldwire-server-'));
  chmodSync(folder, 0o777);
  const { program, args, configure, ready } = how;
  const run = (): Promise<ChildProcess> => started(program, args(folder), join(folder, LOG), ready);
  let port = 0;
  let child: ChildProcess | undefined;
  for (let tries = 1; child === undefined; tries++) {
    port = await freePort();
    configure(folder, port);
    // Somebody else may have taken the port meanwhile.
    child = await run().catch((error: unknown) => {
      if (tries < MOST_TRIES) return undefined;
      rmSync(folder, { recursive: true, force: true });
      throw error;
    });
  }
  return {
    port,
    url: `http://127.0.0.1:${String(port)}`,
    restart: async () => {
      await ended(child);
      child = await run();
    },
    stop: async () => {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function started(
  program: string,
  args: readonly string[],
  log: string,
  ready: RegExp,
): Promise<ChildProcess> {
  writeFileSync(log, '');
  chmodSync(log, 0o666);
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  const leave = (): void => {
    kill(child);
  };
  process.once('exit', leave);
  child.once('exit', () => process.off('exit', leave));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  let watcher: FSWatcher | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (ready.test(readFileSync(log, 'utf8'))) resolve();
      };
      watcher = watch(log, look);
      child.once('error', reject);
      child.once('exit', (code) => {
        reject(
          new Error(`${program} ended with ${String(code)}: ${said}${readFileSync(log, 'utf8')}`),
        );
      });
      look();
    });
  } finally {
    watcher?.close();
  }
  return child;
}

/** The program and its workers: it leads a group of its own. */
async function ended(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  kill(child);
  await exit;
}

function kill({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
