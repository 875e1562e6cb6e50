import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { seededRandom } from '../support/fault-plan.js';
import { type LoopbackServer, loopback } from '../support/loopback.js';
import { bytesOf, sha256 } from '../support/range-answers.js';
import { type Folder, folder } from './folder.js';

const ROOT = new URL('../../', import.meta.url).pathname;
const BYTES = bytesOf(24 << 20);
const KILLS = 10;
/** What is noted at times, and what waits in memory and in the system: what one kill may cost. */
const LOST_AT_MOST = 8 << 20;

let place: Folder;
let program: string;
let server: LoopbackServer;
let sent = 0;

beforeAll(async () => {
  place = folder();
  mkdirSync(`${ROOT}.cache`, { recursive: true });
  program = `${ROOT}.cache/download-program-${process.pid}.mjs`;
  await build({
    entryPoints: [`${ROOT}__tests__/node/download-program.ts`],
    bundle: true,
    packages: 'external',
    alias: { '#platform': `${ROOT}src/axios/platform-node.ts` },
    platform: 'node',
    format: 'esm',
    outfile: program,
    logLevel: 'error',
  });
  server = await loopback((request, response) => {
    const first = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const part = BYTES.subarray(first);
    response.writeHead(first > 0 ? 206 : 200, {
      'content-length': part.length,
      etag: '"v1"',
      ...(first > 0 && { 'content-range': `bytes ${first}-${BYTES.length - 1}/${BYTES.length}` }),
    });
    let at = 0;
    const more = (): void => {
      const piece = part.subarray(at, (at += 65_536));
      sent += piece.length;
      if (piece.length === 0 || response.destroyed) response.end();
      // A turn of the event loop a piece, so that a kill finds it under way.
      else if (response.write(piece)) setImmediate(more);
      else response.once('drain', more);
    };
    more();
  });
}, 60_000);

afterAll(async () => {
  await server.stop();
  place.remove();
  rmSync(program, { force: true });
});

/** Starts it; resolves when it has ended, killed once its output says so. */
function started(isTime: (line: string) => boolean): Promise<{ lines: string[]; killed: boolean }> {
  const child: ChildProcess = spawn(process.execPath, [program, server.url, place.at('film')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  let killed = false;
  return new Promise((resolve) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.trim().split('\n')) {
        lines.push(line);
        if (!killed && isTime(line)) killed = child.kill('SIGKILL');
      }
    });
    child.once('close', () => resolve({ lines, killed }));
  });
}

describe('a download whose process is killed', () => {
  it('goes on in the next process, ten times at random moments, and comes to the same hash: C15', async () => {
    const random = seededRandom(20_261_122);
    let kills = 0;
    for (let n = 0; n < KILLS; n++) {
      // Anywhere from the first byte noticed to somewhat further than where the last one came to.
      const share = random() * ((n + 1) / KILLS);
      const { killed, lines } = await started((line) => Number(line) >= share * BYTES.length);
      if (!killed || lines.some((line) => line.startsWith('saved'))) break;
      kills += 1;
      expect(place.names()).not.toContain('film');
    }
    expect(kills).toBe(KILLS);
    const { lines } = await started(() => false);
    expect(lines.at(-1)).toMatch(/^saved \d+$/);
    expect(sha256(readFileSync(place.at('film')))).toBe(sha256(BYTES));
    expect(place.names()).toEqual(['film']);
    expect(sent).toBeLessThanOrEqual(BYTES.length + (KILLS + 1) * LOST_AT_MOST);
  }, 60_000);
});
