import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const CLAIM = /\| \[[^\]]+\]\((__tests__\/[^)]+)\): (.+?) +\|$/gm;
const claims = [...readFileSync('SECURITY.md', 'utf8').matchAll(CLAIM)];

describe('SECURITY.md', () => {
  it('points each claim of its model to a test that there is', () => {
    expect(claims.length).toBeGreaterThan(15);
    const missing = claims.filter(
      ([, file = '', title = '']) => !readFileSync(file, 'utf8').includes(title),
    );
    expect(missing.map(([line]) => line)).toEqual([]);
  });
});
