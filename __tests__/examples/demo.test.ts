import { spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { packed } from '../../scripts/pack.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const COUNTS = [
  'tasks',
  'requests',
  'retries',
  'replays',
  'refreshes',
  'closed',
  'bodyBytes',
  'cuts',
  'events',
  'eventIds',
  'uploadBytes',
  'uploadHash',
  'challenges',
  'guardedBodies',
  'guardedBytes',
  'resumedUploadBytes',
  'resumedUploadHash',
  'resumedDownloadBytes',
  'resumedDownloadHash',
];
const LONG_MS = 120_000;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let folder = '';
let ended: Ended;
let miscounted: Ended;
let pictured: Ended;

/** The demo beside the package as a user gets it, away from this repository's own build. All runs at once: they mostly wait. */
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'coldwire-demo-')));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  cpSync(join(root, 'examples/demo'), join(folder, 'demo'), { recursive: true });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(packed().folder, join(folder, 'node_modules/coldwire'));
  symlinkSync(join(root, 'node_modules/rxjs'), join(folder, 'node_modules/rxjs'));
  [ended, pictured, miscounted] = await Promise.all([
    run('main.js'),
    run('picture.js', [join(folder, 'demo.svg')]),
    run('main.js', [], { COLDWIRE_DEMO_MISCOUNT: 'guardedBytes' }),
  ]);
}, LONG_MS);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function run(
  script: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [join(folder, 'demo', script), ...args], {
    env: { ...process.env, ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The rows of the summary: what the client counted, what the server did, and the verdict. */
function summaryOf(stdout: string): [string, string, string][] {
  const rows = stdout.matchAll(/^ {2,4}\S.* (\S+) +(\S+) {3}(agree|DISAGREE)$/gm);
  return [...rows].map(([, client, server, verdict]) => [
    client ?? '',
    server ?? '',
    verdict ?? '',
  ]);
}

const times = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

describe('the main job', () => {
  it('ends by itself with exit code 0 and nothing on stderr', () => {
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('closes with a summary on which client and server agree', () => {
    expect(summaryOf(ended.stdout).map(([, , verdict]) => verdict)).toEqual(
      COUNTS.map(() => 'agree'),
    );
    const [tasks, requests, retries, replays, refreshes, closed, bytes] = summaryOf(
      ended.stdout,
    ).map(([client]) => Number(client));
    expect({ tasks, requests, retries, replays, refreshes, closed }).toEqual({
      tasks: 34,
      requests: 50,
      retries: 2,
      replays: 8,
      refreshes: 1,
      closed: 6,
    });
    expect(bytes).toBeGreaterThan(500);
    expect(ended.stdout.trimEnd()).toMatch(/Client and server agree\.$/);
  });

  it('shows a retry with its count-down, as the server told', () => {
    expect(ended.stdout).toMatch(
      /GET \/report +sent\n.*503, Retry-After: 1\n(.*attempt 2 in [01]\.\d s .*\n)+.*attempt 2\n/,
    );
  });

  it('shows eight refusals, one refresh and eight replays', () => {
    expect(times(ended.stdout, /GET \/orders\/\d +401$/gm)).toBe(8);
    expect(times(ended.stdout, /POST \/token +sent$/gm)).toBe(1);
    expect(times(ended.stdout, /GET \/orders\/\d +attempt 2$/gm)).toBe(8);
    expect(times(ended.stdout, /GET \/orders\/\d +200$/gm)).toBe(8);
  });

  it('shows an upload that moves with its reader, and one hash at both ends', () => {
    const shown = [...ended.stdout.matchAll(/PUT \/upload .* ([\d.]+) of 16\.0 MiB$/gm)].map(
      ([, megabytes]) => Number(megabytes),
    );
    expect(shown).toEqual([...shown].sort((a, b) => a - b));
    expect(shown.at(-1)).toBe(16);
    expect(ended.stdout).toMatch(/PUT \/upload +sha256 [0-9a-f]{16}$/m);
  });

  it('shows a live event stream that is cut three times, with no event lost or doubled', () => {
    expect(times(ended.stdout, /GET \/events +cut after (3|6|9)$/gm)).toBe(3);
    const shown = [...ended.stdout.matchAll(/GET \/events +event (\d+) of 12$/gm)].map(([, id]) =>
      Number(id),
    );
    expect(shown).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
    expect(ended.stdout).toMatch(/GET \/events +none lost, none twice$/m);
  });

  it('shows a deadline that closes its request at the server', () => {
    expect(ended.stdout).toMatch(
      /GET \/forecast +timeout: total 700 ms\n.*GET \/forecast +closed at server/,
    );
  });

  it('shows each search but the last closed at the server', () => {
    expect(times(ended.stdout, /q=\S.* +closed at server$/gm)).toBe(4);
    expect(times(ended.stdout, /q=Ada Lo +200$/gm)).toBe(1);
  });

  it('shows a response chunk by chunk', () => {
    // Two writes of the server may come as one chunk on a busy machine, all twelve may not.
    const chunks = [...ended.stdout.matchAll(/GET \/feed +\S+ chunk (\d+) /g)].map(([, n]) =>
      Number(n),
    );
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks).toEqual(chunks.map((_n, index) => index + 1));
    expect(ended.stdout).toMatch(/GET \/feed +12 lines, \d+ bytes$/m);
  });

  it('shows a challenge that the storage answers, and the next request let in at once', () => {
    expect(ended.stdout).toMatch(
      /GET \/vault\/1 +sent\n.*GET \/vault\/1 +401\n(.*looks into the storage\n)?.*GET \/vault\/1 +with the answer\n.*GET \/vault\/1 +200\n/,
    );
    expect(ended.stdout.match(/(?<=GET \/vault\/2 +)\S.*$/gm)).toEqual(['with the answer', '200']);
  });

  it('shows 64 MiB behind a challenge of which the server received 64 MiB once', () => {
    const told = [...ended.stdout.matchAll(/PUT \/archive +(\S.*)$/gm)]
      .map(([, text]) => text)
      .filter((text) => !/MiB$|storage$/.test(text ?? ''));
    expect(told).toEqual([
      'HEAD sent',
      '401',
      'HEAD with the answer',
      '200',
      'with the answer',
      '200',
      '64.0 MiB left here, in 1 body',
    ]);
    expect(summaryOf(ended.stdout).slice(-7, -4)).toEqual([
      ['2', '2', 'agree'],
      ['1', '1', 'agree'],
      ['67108864', '67108864', 'agree'],
    ]);
  });

  it('shows an upload and a download that are cut three times each, resumed, with one hash at both ends', () => {
    for (const [label, at] of [
      ['PATCH /uploads', -4],
      ['GET /film', -2],
    ] as const) {
      const told = [...ended.stdout.matchAll(new RegExp(`${label} +(\\S.*)$`, 'gm'))].map(
        ([, text = '']) => text,
      );
      expect(told.filter((text) => text === 'cut')).toHaveLength(3);
      expect(told.at(-1)).toMatch(/^6\.00 MiB, sha256 [0-9a-f]{16}$/);
      const [bytes, hash] = summaryOf(ended.stdout).slice(at);
      expect(bytes).toEqual(['6291456', '6291456', 'agree']);
      expect(told.at(-1)).toContain(hash?.[0]?.slice(0, 8));
    }
  });

  it('ends with another exit code when the server has counted anything else', () => {
    expect(miscounted.code).toBe(1);
    expect(miscounted.stdout).toContain('Client and server disagree on: guardedBytes\n');
  });

  it.each(COUNTS)('says so when the two sides do not agree on %s', async (name) => {
    const { summary } = (await import(join(root, 'examples/demo/summary.js'))) as {
      summary: (
        client: object,
        server: object,
        paint: (text: string) => string,
      ) => { lines: string[]; disagree: string[] };
    };
    const same = Object.fromEntries(COUNTS.map((count) => [count, 7]));
    const told = (server: object): unknown => {
      const { lines, disagree } = summary(same, server, (text) => text);
      return [disagree, lines.filter((line) => line.endsWith('DISAGREE')).length];
    };
    expect([told(same), told({ ...same, [name]: 8 })]).toEqual([
      [[], 0],
      [[name], 1],
    ]);
  });
});

describe('the picture of the README', () => {
  /** What stands there at the end. The port is another one each time; of requests at once, now this one is first and now that. */
  const finalText = (svg: string): string[] =>
    [...svg.matchAll(/<text class="t\d+" y="[\d.]+">(.*?)<\/text>/g)]
      .map(([, spans = '']) =>
        spans.replace(/<[^>]*>/g, '').replace(/127\.0\.0\.1:\d+/, '127.0.0.1'),
      )
      .sort();

  it('is what the live view draws today', () => {
    expect(pictured).toMatchObject({ code: 0, stderr: '' });
    const drawn = finalText(readFileSync(join(folder, 'demo.svg'), 'utf8'));
    expect(drawn.length).toBeGreaterThan(30);
    expect(finalText(readFileSync(join(root, 'docs/images/demo.svg'), 'utf8'))).toEqual(drawn);
  });

  it('moves: lines that are gone at the end are in it too', () => {
    const svg = readFileSync(join(root, 'docs/images/demo.svg'), 'utf8');
    expect(svg).toMatch(/<text class="t\d+ gone"[^>]*>.*attempt 2 in /);
    expect(svg).toMatch(/<text class="t\d+ gone"[^>]*>.*waits for the one refresh/);
  });
});
