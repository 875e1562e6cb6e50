import { spawn, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { packed } from '../../scripts/pack.js';
import { type Snippet, snippetsOf } from './snippet-blocks.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const runner = fileURLToPath(new URL('./snippet-runner.mjs', import.meta.url));
const ENDS_WITHIN_MS = 60_000;

const documents = [
  'README.md',
  ...(readdirSync(join(root, 'docs'), { recursive: true }) as string[])
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
    .map((name) => join('docs', name))
    .sort(),
];
const snippets = documents
  .flatMap((name) => snippetsOf(name, readFileSync(join(root, name), 'utf8')))
  .filter(({ use }) => use !== 'foreign')
  .map((snippet) => ({ ...snippet, name: snippet.place.replace(/\W+/g, '-') }));

const ours = packed();

type Named = (typeof snippets)[number];

let work = '';
let complaints: readonly string[] = [];
let outcomes = new Map<string, Promise<Outcome>>();

interface Outcome {
  readonly code: number | null;
  readonly printed: string;
  readonly errors: string;
}

/** A package of its own for the snippets, with ours installed as it is packed; compiled at one go. */
beforeAll(() => {
  mkdirSync(join(root, '.cache'), { recursive: true });
  work = mkdtempSync(join(root, '.cache/snippets-'));
  mkdirSync(join(work, 'node_modules'));
  symlinkSync(ours.folder, join(work, 'node_modules/coldwire'));
  writeFileSync(join(work, 'package.json'), '{ "type": "module", "private": true }');
  writeFileSync(join(work, 'globals.d.ts'), 'declare const serverUrl: string;\n');
  for (const { name, text, use } of snippets) writeFileSync(join(work, source(name, use)), text);
  writeFileSync(join(work, 'tsconfig.json'), JSON.stringify(config));
  const compiler = join(root, 'node_modules/@typescript/native/bin/tsc');
  const args = [compiler, '-p', 'tsconfig.json', '--pretty', 'false'];
  const { stdout } = spawnSync(process.execPath, args, { cwd: work, encoding: 'utf8' });
  complaints = stdout.split('\n');
  outcomes = running(snippets.filter(({ use }) => use === 'run'));
}, 120_000);

afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

const config = {
  compilerOptions: {
    strict: true,
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable', 'dom.asynciterable'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    moduleDetection: 'force',
    types: ['node'],
    skipLibCheck: true,
    rootDir: '.',
    outDir: 'out',
  },
  include: ['*.ts'],
};

function source(name: string, use: Snippet['use']): string {
  return use === 'test' ? `${name}.test.ts` : `${name}.ts`;
}

/** Two processes at a time; each snippet's test waits for its own. */
function running(all: readonly Named[]): Map<string, Promise<Outcome>> {
  const lanes: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
  return new Map(
    all.map(({ name }, index) => {
      const lane = index % lanes.length;
      const outcome = (lanes[lane] ?? Promise.resolve()).then(() => run(name));
      lanes[lane] = outcome;
      return [name, outcome];
    }),
  );
}

function run(name: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [runner, join(work, 'out', `${name}.js`)], {
      timeout: ENDS_WITHIN_MS,
    });
    let printed = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.on('close', (code, signal) => {
      if (signal) errors += `It did not end by itself within ${String(ENDS_WITHIN_MS)} ms.`;
      resolve({ code, printed, errors });
    });
  });
}

/** The lines that were wanted and came, in order: all of them when all is well. */
function inOrder(wanted: readonly string[], printed: string): string[] {
  const lines = printed.split('\n').map((line) => line.trim());
  return wanted.filter((text) => {
    const at = lines.indexOf(text);
    if (at >= 0) lines.splice(0, at + 1);
    return at >= 0;
  });
}

function complaintsAbout({ name, use, place }: Named): string[] {
  const document = place.replace(/:\d+$/, '');
  return complaints
    .filter((line) => line.startsWith(source(name, use)))
    .map((line) => line.replace(/^[^(]*\((\d+),\d+\)/, `${document}:$1`));
}

const of = (use: Snippet['use']) => snippets.filter((snippet) => snippet.use === use);

describe('the snippets of the documents', () => {
  it('are found', () => {
    expect(of('run').length).toBeGreaterThan(10);
    expect(documents).toContain('README.md');
  });

  it.each(snippets)('compile: $place', (snippet) => {
    expect(complaintsAbout(snippet)).toEqual([]);
  });

  it.each(of('run'))(
    'run, print what they say and end: $place',
    async ({ name, prints }) => {
      const outcome = await outcomes.get(name);
      expect(outcome).toMatchObject({ code: 0, errors: '' });
      expect(inOrder(prints, outcome?.printed ?? '')).toEqual(prints);
    },
    120_000,
  );

  it('that are tests pass', () => {
    const jest = join(root, 'scripts/jest.js');
    const settings = { rootDir: join(work, 'out'), transform: {}, testMatch: ['**/*.test.js'] };
    const args = [jest, '--config', JSON.stringify(settings), '--json', '--silent'];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: work, encoding: 'utf8' });
    const result = JSON.parse(stdout) as { success: boolean; numTotalTestSuites: number };
    expect(result.success ? '' : stderr).toBe('');
    expect(result.numTotalTestSuites).toBe(of('test').length);
  }, 120_000);
});
