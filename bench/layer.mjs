// The layer alone: coldwire and Angular's HttpClient over a fake that answers at once, with 0, 3 and 10 interceptors.
// `--bytes` measures only what is allocated: it does not waver, so a check can ask for it.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { finish, keeps, table, targets } from './report.mjs';

const script = fileURLToPath(new URL('layer-measured.mjs', import.meta.url));

function measured(what, ...flags) {
  const run = spawnSync(process.execPath, [...flags, script, what], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout);
}

const bytes = measured(
  'bytes',
  '--expose-gc',
  '--min-semi-space-size=128',
  '--max-semi-space-size=128',
);
const micros = process.argv.includes('--bytes') ? undefined : measured('micros');
const counts = Object.keys(bytes);

table(
  'The layer alone, over a fake that answers at once',
  counts.flatMap((count) =>
    Object.keys(bytes[count]).map((client) => ({
      client,
      interceptors: count,
      ...(micros && { 'µs of CPU a request': micros[count][client] }),
      'bytes a request': bytes[count][client],
    })),
  ),
);
console.log('');
const wanted = targets('layer');
for (const count of counts) {
  const over = `over Angular's HttpClient, ${count} interceptors`;
  if (micros) keeps(`time ${over}`, micros[count].coldwire / micros[count].angular, wanted.time);
  keeps(`bytes ${over}`, bytes[count].coldwire / bytes[count].angular, wanted.bytes);
}
finish();
