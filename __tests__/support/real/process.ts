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
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MOST_TRIES = 3;
/** The workers of one that was ended may hold the port for another moment. */
const MOST_RESTARTS = 50;
const MOST_CONNECTS = 10_000;

/** Runs a program with its workers as one group, which ends when the program does, or when we are gone, however we went. */
const LEASHED = '{ "$0" "$@" </dev/null; kill -9 -$$; } & cat >/dev/null; kill -9 -$$';

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
  readonly args: (folder: string, port: number) => readonly string[];
  /** Writes the configuration. */
  readonly configure: (folder: string, port: number) => void;
  /** Takes away what would be in the way of the next start, or is not in its folder. */
  readonly tidy?: (folder: string, port: number) => void;
  /** What stands in its log, `LOG` in the folder, once it listens. */
  readonly ready: RegExp;
}

/** Starts a server in the foreground, on a free port of the loopback, under a temporary folder that anybody can read. */
export async function serving(how: Serving): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), 'coldwire-server-'));
  chmodSync(folder, 0o777);
  const { program, args, configure, ready, tidy } = how;
  let port = 0;
  const run = async (): Promise<ChildProcess> => {
    const started = await inForeground(program, args(folder, port), join(folder, LOG), ready);
    // Squid says that it listens a moment before it does.
    await again(() => connected(port), MOST_CONNECTS);
    return started;
  };
  // Somebody else may take the port meanwhile.
  let child = await again(async () => {
    port = await freePort();
    configure(folder, port);
    return run();
  }, MOST_TRIES).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  return {
    port,
    url: `http://127.0.0.1:${String(port)}`,
    restart: async () => {
      await ended(child);
      tidy?.(folder, port);
      child = await again(run, MOST_RESTARTS);
    },
    stop: async () => {
      await ended(child);
      tidy?.(folder, port);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function connected(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}

async function again<T>(attempt: () => Promise<T>, triesLeft: number): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (triesLeft <= 1) throw error;
    return again(attempt, triesLeft - 1);
  }
}

async function inForeground(
  program: string,
  args: readonly string[],
  log: string,
  ready: RegExp,
): Promise<ChildProcess> {
  writeFileSync(log, '');
  chmodSync(log, 0o666);
  const child = spawn('/bin/sh', ['-c', LEASHED, program, ...args], {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
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
      child.once('exit', () => {
        reject(new Error(`${program} ended: ${said}${readFileSync(log, 'utf8')}`));
      });
      look();
    });
  } finally {
    watcher?.close();
  }
  return child;
}

/** The program and its workers: it leads a group of its own. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
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
