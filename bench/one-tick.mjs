// Subscribed and left in one tick: no connection is opened, and how many of that go in a second.
import axios from 'axios';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { entry } from './coldwire.mjs';
import { finish, keeps, table, targets } from './report.mjs';
import { interleaved } from './rounds.mjs';
import { startServer } from './server.mjs';

const { createClient } = await import(entry());
const server = await startServer();
const client = createClient({ baseUrl: server.url });
const ignore = () => undefined;

const contenders = {
  axios: () => {
    const controller = new AbortController();
    axios.get(`${server.url}/json`, { signal: controller.signal }).catch(ignore);
    controller.abort();
  },
  coldwire: () => client.get('/json').subscribe(ignore).unsubscribe(),
};

/** A second of our CPU divided by what one took, in batches with a turn of the event loop in between. */
async function rate(leave) {
  const batches = 100;
  const before = process.cpuUsage();
  for (let batch = 0; batch < batches; batch++) {
    for (let n = 0; n < 64; n++) leave();
    await nextTurn();
  }
  const { user, system } = process.cpuUsage(before);
  return (batches * 64) / ((user + system) / 1e6);
}

const opened = {};
for (const [name, leave] of Object.entries(contenders)) {
  const { connections } = await server.asked();
  await rate(leave);
  opened[name] = (await server.asked()).connections - connections;
}
const rates = await interleaved(contenders, rate, { rounds: 15, warmUps: 2 });
table(
  'Subscribed and left in one tick',
  Object.keys(rates).map((name) => ({
    client: name,
    'a second of CPU': rates[name],
    'over axios': rates[name] / rates.axios,
    'connections for 6400': String(opened[name]),
  })),
);
console.log('');
const wanted = targets('one-tick');
keeps('connections opened', opened.coldwire, wanted.connections);
keeps('coldwire over axios', rates.coldwire / rates.axios, wanted['over axios']);
server.close();
finish();
