// What importing coldwire costs over importing axios and rxjs, in a fresh process each.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { entry } from './coldwire.mjs';
import { finish, keeps, table, targets } from './report.mjs';
import { interleaved } from './rounds.mjs';

// From the root, so that axios and rxjs are the copies that coldwire itself finds.
const root = fileURLToPath(new URL('..', import.meta.url));
const peers = "await import('axios'); await import('rxjs');";
const imports = {
  'axios and rxjs': peers,
  'axios, rxjs and coldwire': `${peers} await import('${entry()}');`,
};

/** Milliseconds from the first import to the last, inside a process of its own. */
function importMs(code) {
  const timed = `const start = performance.now(); ${code} console.log(performance.now() - start);`;
  const args = ['--input-type=module', '--eval', timed];
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
