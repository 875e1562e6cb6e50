// jest on ES modules: `node scripts/jest.js [--floor] [jest's own arguments]`.
// --floor runs the suites that stand on axios and rxjs a second time, on the oldest versions that we support.
// Where CI is set, up to three files that failed are run once more, alone: what passes then is named as wavering, not hidden.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const floor = process.argv.includes('--floor') && { PEERS: 'floor too' };

function run(args, more = {}) {
  const env = { ...process.env, ...floor, ...more };
  const { status } = spawnSync(process.execPath, [...flags, jest, ...args], {
    stdio: 'inherit',
    env,
  });
  return status ?? 1;
}

/** Runs the tests; few that fail are run a second time, with nothing beside them. */
function runTwiceIfNeedBe(args) {
  const place = mkdtempSync(join(tmpdir(), 'coldwire-tests-'));
  const list = join(place, 'failed.json');
  try {
    const status = run(args, { SECOND_LOOK: list });
    if (status === 0 || !existsSync(list)) return status;
    const { files, counted } = JSON.parse(readFileSync(list, 'utf8'));
    const names = files.map((file) => relative(process.cwd(), file)).join(', ');
    console.log(`\nFAILED AT FIRST, so run once more, alone: ${names}\n`);
    return run(['--runInBand', '--runTestsByPath', ...files], {
      COUNTED: JSON.stringify(counted),
      WAVERING: names,
    });
  } finally {
    rmSync(place, { recursive: true });
  }
}

const args = process.argv.slice(2).filter((arg) => arg !== '--floor');
process.exitCode = process.env.CI ? runTwiceIfNeedBe(args) : run(args);
