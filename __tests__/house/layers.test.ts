import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

interface Cruise {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly { from: string; to: string; rule: { name: string } }[];
  };
}

function cruise(folder: string): Cruise {
  const tool = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [tool, 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
  const run = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.stdout === '') throw new Error(run.stderr);
  return JSON.parse(run.stdout) as Cruise;
}

/** A house with these files, under our table. */
function houseOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'coldwire-layers-'));
  folders.push(folder);
  for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
    cpSync(join(root, name), join(folder, name));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

describe('the layers', () => {
  it('are kept by every file of src', () => {
    const { modules, summary } = cruise(root);
    expect(modules.filter(({ source }) => source.startsWith('src/')).length).toBeGreaterThan(20);
    expect(
      summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} -> ${to}`),
    ).toEqual([]);
  });

  it('are a table that bites: each kind of wrong import is found', () => {
    const one = 'export const one = 1;\n';
    const taking = (path: string) =>
      `import * as other from '${path}';\nexport const two = other;\n`;
    const folder = houseOf({
      'src/http/value.ts': one,
      'src/errors/value.ts': one,
      'src/task/value.ts': one,
      'src/policies/value.ts': one,
      'src/client/value.ts': one,
      'src/testing/value.ts': one,
      'src/http/upward.ts': taking('../errors/value.js'),
      'src/errors/upward.ts': taking('../task/value.js'),
      'src/task/upward.ts': taking('../policies/value.js'),
      'src/policies/upward.ts': taking('../client/value.js'),
      'src/auth/upward.ts': taking('../client/value.js'),
      'src/testing/upward.ts': taking('../client/value.js'),
      'src/index.ts': taking('./testing/value.js'),
      'src/http/rx.ts': taking('rxjs'),
      'src/errors/rx.ts': taking('rxjs'),
      'src/policies/wire.ts': taking('axios'),
      'src/policies/stream.ts': taking('node:stream'),
      'src/task/stranger.ts': taking('fast-check'),
      'src/task/nowhere.ts': taking('./missing.js'),
      'src/task/left.ts': `import type { Right } from './right.js';\nexport type Left = Right | 1;\n`,
      'src/task/right.ts': `import type { Left } from './left.js';\nexport type Right = Left | 2;\n`,
      'src/helpers/more.ts': taking('../http/value.js'),
      'src/task/fine.ts': taking('../errors/value.js') + `export { Observable } from 'rxjs';\n`,
    });
    const found = cruise(folder).summary.violations.map(({ from, rule }) => `${from} ${rule.name}`);
    expect(found.sort()).toEqual([
      'src/auth/upward.ts auth-imports-only-from-below',
      'src/errors/rx.ts rxjs-only-where-it-belongs',
      'src/errors/upward.ts errors-imports-only-from-below',
      'src/helpers/more.ts every-room-is-in-the-table',
      'src/http/rx.ts rxjs-only-where-it-belongs',
      'src/http/upward.ts http-imports-only-from-below',
      'src/index.ts index-leaves-side-doors-alone',
      'src/policies/stream.ts node-only-where-it-belongs',
      'src/policies/upward.ts policies-imports-only-from-below',
      'src/policies/wire.ts axios-only-where-it-belongs',
      'src/task/left.ts no-cycles',
      'src/task/nowhere.ts no-unresolved',
      'src/task/nowhere.ts nothing-else-from-outside',
      'src/task/stranger.ts nothing-else-from-outside',
      'src/task/upward.ts task-imports-only-from-below',
      'src/testing/upward.ts testing-imports-only-from-below',
    ]);
  });
});
