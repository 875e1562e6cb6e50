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
/** What is flushed and noted at once, and what may be written at once: of what was told, a kill costs no more. */
const LOST_AT_MOST = (4 << 20) + (1 << 20);
/** Where the server falls silent, so that no download ends before its kill. */
const SILENT_FROM = 23 << 20;

let place: Folder;
let program: string;
let server: LoopbackServer;
let silent: (() => void) | undefined;

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
      if (silent !== undefined && first + at >= SILENT_FROM) {
        silent();
        return;
      }
      const piece = part.subarray(at, (at += 65_536));
      if (piece.length === 0 || response.destroyed) response.end();
      // A while for each piece, so that a kill finds it under way.
      else if (response.write(piece)) setTimeout(more, 1);
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
  silent &&= () => (killed ||= child.kill('SIGKILL'));
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
    const told: number[] = [];
    let kills = 0;
    silent = () => undefined;
    for (let n = 0; n < KILLS; n++) {
      // Anywhere, at first near the start and later near the end.
      const share = random() * ((n + 1) / KILLS);
      const { killed, lines } = await started((line) => Number(line) >= share * BYTES.length);
      if (killed) kills += 1;
      expect(place.names()).not.toContain('film');
      told.push(Number(lines.at(-1) ?? 0));
    }
    expect(kills).toBe(KILLS);
    silent = undefined;
    const { lines } = await started(() => false);
    expect(lines.at(-1)).toMatch(/^saved \d+$/);
    expect(sha256(readFileSync(place.at('film')))).toBe(sha256(BYTES));
    expect(place.names()).toEqual(['film']);
    const asked = server.requests.map(({ headers }) =>
      Number(/\d+/.exec(headers.range ?? '0')?.[0]),
    );
    expect(asked).toHaveLength(KILLS + 1);
    for (const [n, loaded] of told.entries())
      expect(asked[n + 1]).toBeGreaterThanOrEqual(loaded - LOST_AT_MOST);
    expect(asked.at(-1)).toBeGreaterThan(BYTES.length / 4);
  }, 60_000);
});
