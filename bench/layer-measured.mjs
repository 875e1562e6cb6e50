// Measures one thing in a process of its own and prints it as JSON: `node layer-measured.mjs bytes|micros`.
import { ask, contenders } from './layer-contenders.mjs';
import { interleaved } from './rounds.mjs';

const measures = {
  /** CPU time, so that what else the machine does counts less. */
  micros(get) {
    const before = process.cpuUsage();
    ask(get, 10_000);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 10_000;
  },
  /** Asks for a young generation that no batch fills (--min-semi-space-size): nothing is collected while we count. */
  bytes(get) {
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    ask(get, 2000);
    return (process.memoryUsage().heapUsed - before) / 2000;
  },
};

const measured = {};
for (const count of [0, 3, 10]) {
  const clients = Object.fromEntries(
    Object.entries(contenders).map(([name, make]) => [name, make(count)]),
  );
  for (const get of Object.values(clients)) ask(get, 30_000);
  measured[count] = await interleaved(clients, measures[process.argv[2]], { rounds: 15 });
}
process.stdout.write(JSON.stringify(measured));
