// A small JSON GET over loopback, 64 at once and one at a time: coldwire over bare axios and beside its rivals, each in a process
// of its own, as in a program: in one process, each pays for the garbage and the unlike shapes of all the others.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { clients } from './clients.mjs';
import { finish, keeps, table, targets } from './report.mjs';
import { interleaved } from './rounds.mjs';
import { startServer } from './server.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 11);
const LOADS = {
  '64 at once': { atOnce: 64, count: 3000 },
  'one at a time': { atOnce: 1, count: 2000 },
};

const server = await startServer();
const script = fileURLToPath(new URL('small-json-one.mjs', import.meta.url));
const children = Object.fromEntries(
  Object.keys(clients).map((name) => [name, fork(script, [name, server.url])]),
);
const measure = async (child, load) => {
  child.send(load);
  const [figures] = await once(child, 'message');
  return figures;
};
const wanted = targets('small-json');
for (const [load, options] of Object.entries(LOADS)) {
  const measured = await interleaved(children, (child) => measure(child, options), {
    rounds: ROUNDS,
    warmUps: 2,
  });
  const rates = Object.fromEntries(
    Object.entries(measured).map(([name, { rate }]) => [name, rate]),
  );
  table(
    `A small JSON GET over loopback, ${load}`,
    Object.entries(measured).map(([client, { rate, micros }]) => ({
      client,
      'requests a second': rate,
      'over axios': rate / rates.axios,
      'µs of CPU a request': micros,
      'axios over it': measured.axios.micros / micros,
    })),
  );
  console.log('');
  keeps(`coldwire over axios, ${load}`, rates.coldwire / rates.axios, wanted['over axios']);
  const withPolicies = rates['coldwire, three policies'] / rates.axios;
  keeps(
    `with three policies over axios, ${load}`,
    withPolicies,
    wanted['with policies over axios'],
  );
  for (const rival of Object.keys(rates).filter((name) => !/^axios$|^coldwire/.test(name)))
    keeps(`coldwire over ${rival}, ${load}`, rates.coldwire / rates[rival], wanted['over a rival']);
}
for (const child of Object.values(children)) child.kill();
server.close();
finish();
