// Runs every bench, one after the other, and says which missed a target. Nothing else should run meanwhile.
//   node run.mjs [name …] [--write]      --write puts the tables into README.md, with the date and the machine
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const ALL = [
  'small-json',
  'layer',
  'one-tick',
  'transfer',
  'import-cost',
  'slow-consumer',
  'linear',
  'sse',
  'cancel-latency',
  'soak',
  'chaos',
  'transfers-chaos',
];
const README = fileURLToPath(new URL('README.md', import.meta.url));
const START = '<!-- figures: written by `node run.mjs --write` -->';

const args = process.argv.slice(2);
const names = args.filter((word) => !word.startsWith('--'));
const results = {};
for (const name of names.length > 0 ? names : ALL) results[name] = await run(name);

const missed = Object.keys(results).filter((name) => results[name].status !== 0);
if (args.includes('--write')) write();
console.log(missed.length > 0 ? `\nMISSED: ${missed.join(', ')}` : '\nEvery target is kept.');
process.exitCode = missed.length > 0 ? 1 : 0;

function run(name) {
  console.log(`\n=== ${name}`);
  const script = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
  const child = spawn(process.execPath, [script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (bytes) => {
    text += bytes;
    process.stdout.write(bytes);
  });
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, text })));
}

/** The tables and verdicts of what ran, each in place of its last; what did not run stays as it was. */
function write() {
  const [head, figures = ''] = readFileSync(README, 'utf8').split(START);
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} × ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.versions.node}`;
  const parts = Object.fromEntries(
    figures
      .split(/^## /m)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf('\n')), `## ${part.trim()}\n`]),
  );
  for (const [name, { text }] of Object.entries(results)) {
    const verdicts = text.trim().replace(/^(kept|MISSED) /gm, '- $1 ');
    parts[name] = `## ${name}\n\n${date}, ${machine}.\n\n${verdicts}\n`;
  }
  const known = ALL.flatMap((name) => parts[name] ?? []);
  writeFileSync(README, `${head}${START}\n\n${known.join('\n')}`);
}
