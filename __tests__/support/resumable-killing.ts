import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { seededRandom } from './fault-plan.js';
import { content } from './resumable-content.js';
import type { ResumableServer } from './resumable-server.js';

const ROOT = new URL('../../', import.meta.url).pathname;
const MIB = 1024 * 1024;

export interface Killing {
  /** What was uploaded. */
  readonly bytes: Uint8Array;
  /** What each process said on its way. */
  readonly said: readonly string[];
  /** Names of files that the storage still holds at the end. */
  readonly left: readonly string[];
}

/**
 * Uploads a file by a process that is killed with SIGKILL, each time after a random number of bytes of its own has
 * arrived, and by a last one that is let be.
 */
export async function uploadWhileKilled(
  protocol: 'tus' | 'ietf',
  server: ResumableServer,
  url: string,
  kills: number,
  seed: number,
): Promise<Killing> {
  const folder = await mkdtemp(join(ROOT, 'node_modules', '.killed-'));
  try {
    const random = seededRandom(seed);
    const bytes = content(kills * 4 * MIB + 2 * MIB, seed);
    const file = join(folder, 'film.mp4');
    await writeFile(file, bytes);
    const program = await bundled(folder);
    const said: string[] = [];
    for (let kill = 0; kill <= kills; kill++) {
      const before = server.received;
      const child = spawn(process.execPath, [
        program,
        protocol,
        url,
        file,
        join(folder, 'uploads'),
      ]);
      const over = heard(child, said);
      if (kill < kills) {
        const enough = before + Math.floor(random() * 3 * MIB) + 1;
        await Promise.race([server.until(() => server.received >= enough), over]);
        child.kill('SIGKILL');
      }
      const code = await over;
      if (kill === kills && code !== 0) throw new Error(`the last process ended with ${code}`);
    }
    return { bytes, said, left: await readdir(join(folder, 'uploads')) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bundled(folder: string): Promise<string> {
  const outfile = join(folder, 'upload.mjs');
  await build({
    entryPoints: [join(ROOT, '__tests__/support/resumable-child.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile,
    logLevel: 'error',
  });
  return outfile;
}

async function heard(child: ChildProcess, said: string[]): Promise<number | null> {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  said.push(text.trim());
  return code;
}
