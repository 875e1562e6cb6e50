// What importing coldwire costs over importing axios and rxjs, in a fresh process each: medians of interleaved runs.
// node bench/import-cost.mjs [rounds]       needs a build: npm run build
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BUDGET_MS = 15;
const rounds = Number(process.argv[2] ?? 25);
const root = fileURLToPath(new URL('..', import.meta.url));

const peers = "await import('axios'); await import('rxjs');";
const cases = {
  'axios and rxjs': peers,
  'axios, rxjs and coldwire': `${peers} await import('coldwire');`,
};

/** Milliseconds from the first import to the last, inside a process of its own. */
function importMs(code) {
  const timed = `const start = performance.now(); ${code} console.log(performance.now() - start);`;
  const args = ['--input-type=module', '--eval', timed];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const names = Object.keys(cases);
const measured = Object.fromEntries(names.map((name) => [name, []]));
for (const name of names) importMs(cases[name]);
for (let round = 0; round < rounds; round += 1) {
  // Whoever goes second finds a warmer machine: take turns.
  const order = round % 2 === 0 ? names : [...names].reverse();
  for (const name of order) measured[name].push(importMs(cases[name]));
}

const [without, with_] = names.map((name) => median(measured[name]));
for (const name of names)
  console.log(`${name}: ${median(measured[name]).toFixed(1)} ms (median of ${rounds})`);
const cost = with_ - without;
console.log(
  `importing coldwire costs ${cost.toFixed(1)} ms more; at most ${BUDGET_MS} ms are allowed`,
);
process.exitCode = cost <= BUDGET_MS ? 0 : 1;
