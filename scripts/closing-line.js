/** A jest reporter: the last line says how many tests passed and failed, for a reader that wants no more. */
export default class ClosingLine {
  onRunComplete(_contexts, results) {
    // A suite that could not even load has no failed test: count it.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const tail = skipped > 0 ? `, ${skipped} skipped` : '';
    // jest's other reporters hold their output back for a moment: only at exit is the last line the last.
    process.once('exit', () => {
      process.stdout.write(`\nTests: ${results.numPassedTests} passed, ${failed} failed${tail}\n`);
    });
  }
}
