/**
 * A jest reporter: the last line says how many tests passed and failed, for a reader that wants no more. `lacking` names
 * what this machine does not have, so that tests that need it were left out: that is said aloud.
 */
export default class ClosingLine {
  constructor(_globalConfig, { lacking = [] } = {}) {
    this.lacking = lacking;
  }

  onRunComplete(_contexts, results) {
    // A suite that could not even load has no failed test: count it.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests + this.lacking.length;
    const tail = skipped > 0 ? `, ${skipped} skipped` : '';
    const aloud = this.lacking.map(
      (what) => `SKIPPED: the tests that need ${what}: it is not here.\n`,
    );
    // jest's other reporters hold their output back for a moment: only at exit is the last line the last.
    process.once('exit', () => {
      process.stdout.write(
        `\n${aloud.join('')}Tests: ${results.numPassedTests} passed, ${failed} failed${tail}\n`,
      );
    });
  }
}
