// What importing coldwire costs over importing axios and rxjs, in a fresh process each.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { entry } from './coldwire.mjs';
import { finish, keeps, table, targets } from './report.mjs';
import { interleaved } from './rounds.mjs';

// From the root, so that axios and rxjs are the copies that coldwire itself finds.
const root = fileURLToPath(new URL('..', import.meta.url));
const peers = "import 'axios'; import 'rxjs';";
const imports = {
  'axios and rxjs': peers,
  'axios, rxjs and coldwire': `${peers} import '${entry()}';`,
};

/** Milliseconds from the start of a process of its own until what it imports, as a program does, has run. */
function importMs(code) {
  const args = ['--input-type=module', '--eval', `${code} console.log(performance.now());`];
  const run = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  return Number(run.stdout);
}

const measured = await interleaved(imports, importMs, { rounds: Number(process.env.ROUNDS ?? 25) });
table(
  'Imported in a fresh process',
  Object.entries(measured).map(([what, ms]) => ({ what, milliseconds: ms })),
);
console.log('');
const [without, withIt] = Object.values(measured);
keeps('milliseconds that coldwire adds', withIt - without, targets('import-cost').milliseconds);
finish();
