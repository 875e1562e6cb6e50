import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';

const root = process.cwd();
const rivals = existsSync(join(root, 'bench/node_modules'));

interface Row {
  readonly title: string;
  readonly cells: Readonly<Record<string, string>>;
}

/** Tried in a process of its own: the rivals in their own surroundings, not in jest's. */
function compare(...args: string[]): any {
  const script = join(root, 'bench/compare.mjs');
  const { stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

const page: Row[] = compare('--page');
const columns = Object.keys(page[0]!.cells);
const tried = rivals ? columns : ['coldwire'];
let seen: Record<string, Record<string, string>>;
let missing: string[];

beforeAll(() => {
  ({ seen, missing } = compare('--json', ...tried));
}, 180_000);

describe('docs/comparison.md', () => {
  it('has a row for every probe, and a probe for every row', () => {
    expect(page.map(({ title }) => title).sort()).toEqual(Object.keys(seen).sort());
  });

  it('speaks of clients that are installed', () => {
    const absent = rivals ? missing : columns.slice(1);
    if (absent.length > 0)
      console.warn(`NOT TRIED, as not installed (npm run peers:install): ${absent.join(', ')}`);
    expect(missing.filter((name) => rivals || name === 'coldwire')).toEqual([]);
  });

  it('keeps every promise itself', () => {
    for (const { title } of page)
      expect([title, seen[title]?.['coldwire']]).toEqual([title, 'yes']);
  });

  describe.each(tried)('tells of %s what it does', (name) => {
    it.each(page.map(({ title }) => title))('%s', (title) => {
      const row = page.find((one) => one.title === title);
      expect(seen[title]?.[name]).toBe(row?.cells[name]);
    });
  });
});
