import { writeFileSync } from 'node:fs';

/** Among failures of so many files there is one that is none of the machine's. */
const MOST_LOOKED_AT_AGAIN = 3;

/**
 * A jest reporter: the last line says how many tests passed and failed, for a reader that wants no more. `lacking` names
 * what this machine does not have, so that tests that need it were left out: that is said aloud.
 *
 * Where `SECOND_LOOK` names a file and few files failed, they are written there instead, for a second run. That one gets the
 * counts of the others as `COUNTED`, and the names of the files as `WAVERING`.
 */
export default class ClosingLine {
  constructor(_globalConfig, { lacking = [] } = {}) {
    this.lacking = lacking;
  }

  onRunComplete(_contexts, results) {
    const { SECOND_LOOK, WAVERING, COUNTED = '{"passed":0,"skipped":0}' } = process.env;
    const files = failingFiles(results);
    const skippedTests = results.numPendingTests + results.numTodoTests;
    if (SECOND_LOOK && files.size > 0 && files.size <= MOST_LOOKED_AT_AGAIN) {
      const again = results.testResults.filter(({ testFilePath }) => files.has(testFilePath));
      const sum = (name) => again.reduce((total, file) => total + file[name], 0);
      const counted = {
        passed: results.numPassedTests - sum('numPassingTests'),
        skipped: skippedTests - sum('numPendingTests') - sum('numTodoTests'),
      };
      writeFileSync(SECOND_LOOK, JSON.stringify({ files: [...files], counted }));
      return;
    }
    const counted = JSON.parse(COUNTED);
    const passed = results.numPassedTests + counted.passed;
    // A suite that could not even load has no failed test: count it.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = skippedTests + counted.skipped + this.lacking.length;
    const tail = skipped > 0 ? `, ${skipped} skipped` : '';
    const aloud = this.lacking.map(
      (what) => `SKIPPED: the tests that need ${what}: it is not here.\n`,
    );
    if (WAVERING && failed === 0)
      aloud.push(`WAVERS: failed at first and passed alone: ${WAVERING}. It has to be mended.\n`);
    // jest's other reporters hold their output back for a moment: only at exit is the last line the last.
    process.once('exit', () => {
      process.stdout.write(`\n${aloud.join('')}Tests: ${passed} passed, ${failed} failed${tail}\n`);
    });
  }
}

/** The files, which may have run in more than one project. */
function failingFiles({ testResults }) {
  const failing = testResults.filter(
    ({ numFailingTests, testExecError }) => numFailingTests > 0 || testExecError,
  );
  return new Set(failing.map(({ testFilePath }) => testFilePath));
}
