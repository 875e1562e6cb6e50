import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';

const rows = readFileSync(new URL('../../../docs/security-advisories.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (advisory|---)/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));

const test = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

describe('the page of advisories', () => {
  it.each(rows.map((row) => [row[1] ?? '', row[4] ?? '']))(
    'says of %s where it is tested, and there its ids are found',
    (ids, here) => {
      const files = [...here.matchAll(/`([\w/-]+\.test\.ts)`/g)].map(([, file = '']) => test(file));
      if (here.startsWith('tested')) {
        expect(files.length).toBeGreaterThan(0);
        const missing = ids.split(', ').filter((id) => !files.some((text) => text.includes(id)));
        expect(missing).toEqual([]);
      } else {
        expect(here).toMatch(/^(cannot happen|not ours to test): .{20}/);
      }
    },
  );
});
