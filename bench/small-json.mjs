// A small JSON GET over loopback, 64 at once and one at a time: coldwire over bare axios and beside its rivals.
import { clients } from './clients.mjs';
import { finish, keeps, table, targets } from './report.mjs';
import { interleaved } from './rounds.mjs';
import { startServer } from './server.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 11);
const LOADS = {
  '64 at once': { atOnce: 64, count: 3000 },
  'one at a time': { atOnce: 1, count: 2000 },
};

/** Requests a second, and microseconds of CPU that each took on our side. */
async function measure(get, { atOnce, count }) {
  let left = count;
  const worker = async () => {
    while (left-- > 0) if ((await get()).id !== 7) throw new Error('not the answer');
  };
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  await Promise.all(Array.from({ length: atOnce }, worker));
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  return { rate: count / seconds, micros: (user + system) / count };
}

const server = await startServer();
const asks = Object.fromEntries(
  Object.entries(clients).map(([name, make]) => [name, make(server.url)]),
);
const wanted = targets('small-json');
for (const [load, options] of Object.entries(LOADS)) {
  const measured = await interleaved(asks, (get) => measure(get, options), {
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
server.close();
finish();
