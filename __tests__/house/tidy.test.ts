import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a commit of this moment would hold. */
function trackedFiles(): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const { stdout, status } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error('git ls-files failed');
  return [...new Set(stdout.split('\0'))].filter((name) => name !== '' && exists(name));
}

function exists(name: string): boolean {
  try {
    readFileSync(`${root}${name}`);
    return true;
  } catch {
    return false;
  }
}

const files = trackedFiles();
const text = (name: string): string => readFileSync(`${root}${name}`, 'utf8');
const sources = files.filter((name) => name.startsWith('src/') && name.endsWith('.ts'));
const lines = (name: string): number => text(name).trimEnd().split('\n').length;

// Put together from parts, so that this file does not hold what it looks for.
const unwanted = [
  ['registry.', '(npmjs|yarnpkg|npmmirror)'],
  ['"resolved"', ':'],
  ['/work', '/(main|shared)'],
  ['/tmp', '/brief'],
  ['(BEHAVIOURS|DESIGN|PEERS|PROMISES|TOOLCHAIN|DEVELOPERS)', '[.]md'],
].map((parts) => new RegExp(parts.join('')));

describe('the house', () => {
  it('has no file in src over 250 lines', () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.filter((name) => lines(name) > 250)).toEqual([]);
  });

  it('has no room and no file that is named after nothing', () => {
    const empty = /^(utils?|helpers?|common|misc|types?|manager|shared|stuff)$/;
    const parts = (name: string) => [...dirname(name).split('/'), basename(name, extname(name))];
    const ours = files.filter((name) => /^(src|__tests__|scripts|bench|examples)\//.test(name));
    // `types` beside the tests holds the tests of types.
    const bad = ours.filter((name) =>
      parts(name.replace('__tests__/types/', '')).some((part) => empty.test(part)),
    );
    expect(bad).toEqual([]);
  });

  it('names no registry and no place of one machine', () => {
    const texts = files.filter((name) => !/\.(png|ico|gz|pem|tgz)$/.test(name));
    const bad = texts.filter((name) => unwanted.some((pattern) => pattern.test(text(name))));
    expect(bad).toEqual([]);
  });

  it('opens each room by name: no default export and no export of everything', () => {
    const bad = sources.filter((name) => /^export (default|\*)/m.test(text(name)));
    expect(bad).toEqual([]);
  });
});
