import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

interface Reporter {
  onRunComplete(contexts: unknown, results: object): void;
}
const { default: ClosingLine } = (await import(
  new URL('../../scripts/closing-line.js', import.meta.url).href
)) as { default: new (config: object, options?: { lacking?: string[] }) => Reporter };

const file = (testFilePath: string, numPassingTests: number, numFailingTests = 0): object => ({
  testFilePath,
  numPassingTests,
  numFailingTests,
  numPendingTests: 0,
  numTodoTests: 0,
});
/** What jest tells of a run of these files. */
function run(...testResults: object[]): object {
  const sum = (name: string): number =>
    (testResults as Record<string, number>[]).reduce((total, one) => total + (one[name] ?? 0), 0);
  return {
    testResults,
    numPassedTests: sum('numPassingTests'),
    numFailedTests: sum('numFailingTests'),
    numRuntimeErrorTestSuites: 0,
    numPendingTests: 0,
    numTodoTests: 0,
  };
}

describe('the closing line of a run whose failures get a second look', () => {
  let place: string;
  let before: NodeJS.ProcessEnv;
  const listeners = process.listeners('exit');
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'coldwire-tests-'));
    before = { ...process.env };
    process.env['SECOND_LOOK'] = join(place, 'failed.json');
    delete process.env['COUNTED'];
    delete process.env['WAVERING'];
  });
  afterEach(() => {
    process.env = before;
    rmSync(place, { recursive: true });
    // The line itself is for the end of a run of its own.
    for (const listener of process.listeners('exit'))
      if (!listeners.includes(listener)) process.removeListener('exit', listener);
  });

  const listed = (...testResults: object[]): unknown => {
    new ClosingLine({}).onRunComplete(undefined, run(...testResults));
    try {
      return JSON.parse(readFileSync(join(place, 'failed.json'), 'utf8'));
    } catch {
      return undefined;
    }
  };

  it('leaves a file that failed to the second run, in all the projects it ran in', () => {
    expect(listed(file('a', 5), file('b', 2, 1), file('b', 3), file('c', 7))).toEqual({
      files: ['b'],
      counted: { passed: 12, skipped: 0 },
    });
  });

  it('asks for no second run when nothing failed, nor when more than three files did', () => {
    expect(listed(file('a', 5))).toBeUndefined();
    expect(listed(...['a', 'b', 'c', 'd'].map((name) => file(name, 1, 1)))).toBeUndefined();
  });
});
