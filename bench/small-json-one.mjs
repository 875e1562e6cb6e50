// One client in a process of its own: `small-json.mjs` forks it with the client's name and the server's URL, and sends loads.
import { clients } from './clients.mjs';

const [name, url] = process.argv.slice(2);
const get = await clients[name](url);

/** Requests a second, and microseconds of CPU that each took on our side. */
async function measure({ atOnce, count }) {
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

process.on('message', async (load) => process.send(await measure(load)));
