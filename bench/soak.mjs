// 20,000 requests, each cancelled at a moment drawn from a seed: in its tick, while it connects, waits, uploads,
// downloads, follows a redirect or pauses before another attempt, or just when it ends. Then what is left is counted.
//   node soak.mjs [--cancels=20000] [--seed=1]
import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { Agent, get } from 'node:http';
import { parseArgs } from 'node:util';

if (globalThis.gc === undefined) {
  const { spawnSync } = await import('node:child_process');
  const run = spawnSync(process.execPath, ['--expose-gc', ...process.argv.slice(1)], {
    stdio: 'inherit',
  });
  process.exit(run.status ?? 1);
}

const { default: axios } = await import('axios');
const { support } = await import('./fault-support.mjs');
const { finish, keeps, table, targets } = await import('./report.mjs');
const { entry } = await import('./coldwire.mjs');
const { createClient, deadline, retryTransient, axiosFactory } = await import(entry());
const { seededRandom } = await support('fault-plan');

const { values } = parseArgs({
  options: {
    cancels: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
  },
});
const CANCELS = Number(values.cancels);
const AT_ONCE = 100;
const PATHS = [
  '/now',
  '/now',
  '/drip',
  '/drip',
  '/never',
  '/stall',
  '/redirect',
  '/unavailable',
  '/upload',
];

let uncaught = 0;
process.on('unhandledRejection', () => uncaught++);
process.on('uncaughtException', () => uncaught++);
process.on('warning', (warning) => {
  if (warning.name === 'MaxListenersExceededWarning') uncaught++;
});

const server = spawn(process.execPath, [new URL('soak-server.mjs', import.meta.url).pathname], {
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
});
const [said] = await once(server.stdout, 'data');
const url = `http://127.0.0.1:${String(said).trim()}`;

async function* upload() {
  for (let part = 0; part < 20; part++) {
    yield new Uint8Array(1024);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Each starts one request and returns what cancels it; `heard` is told what the caller hears. */
const contenders = {
  coldwire: (agent, shared) => {
    const client = createClient({
      baseUrl: url,
      factory: axiosFactory({ instance: axios.create({ httpAgent: agent }) }),
      interceptors: [
        deadline(60_000),
        retryTransient({ baseDelayMs: 5, budget: false }),
        deadline({ responseMs: 30_000, idleMs: 30_000 }),
      ],
    });
    return (path, withSignal, heard) => {
      const options = withSignal ? { signal: shared } : undefined;
      const task =
        path === '/upload' ? client.put(path, () => upload(), options) : client.get(path, options);
      const subscription = task.subscribe({ next: heard, error: heard, complete: heard });
      return () => subscription.unsubscribe();
    };
  },
  axios: (agent, shared) => {
    const instance = axios.create({ baseURL: url, httpAgent: agent });
    return (path, withSignal, heard) => {
      const controller = new AbortController();
      // A caller with a signal of its own and a cancellation of its own joins the two by hand.
      const onShared = () => controller.abort();
      if (withSignal) shared.addEventListener('abort', onShared);
      const leave = () => shared.removeEventListener('abort', onShared);
      const { signal } = controller;
      const answer =
        path === '/upload'
          ? instance.put(path, Buffer.alloc(20_480), { signal })
          : instance.get(path, { signal });
      // Being told of its own cancellation is axios' way; a value or another error after it is not.
      answer.then(heard, (error) => axios.isCancel(error) || heard()).finally(leave);
      return () => controller.abort();
    };
  },
};

const tick = () => new Promise((resolve) => setImmediate(resolve));

function soak(start, random, count) {
  let begun = 0;
  let late = 0;
  const one = async () => {
    while (begun < count) {
      begun++;
      let cancelled = false;
      const cancel = start(PATHS[Math.floor(random() * PATHS.length)], random() < 0.3, () => {
        if (cancelled) late++;
      });
      const moment = random();
      if (moment > 0.1) await undefined;
      if (moment > 0.2) await tick();
      if (moment > 0.3) await new Promise((resolve) => setTimeout(resolve, moment * 15));
      cancelled = true;
      cancel();
    }
  };
  return Promise.all(Array.from({ length: AT_ONCE }, one)).then(() => late);
}

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
const openAtServer = () =>
  new Promise((resolve, reject) => {
    get(`${url}/open`, { agent: false }, (response) => {
      response.once('data', (bytes) => resolve(Number(bytes)));
    }).once('error', reject);
  });

async function settledHeap() {
  for (let i = 0; i < 5; i++) {
    await tick();
    gc();
  }
  return process.memoryUsage().heapUsed;
}

/** Waits until the server counts nothing open, as long as that takes up to two seconds; returns what is left. */
async function leftAtServer() {
  const until = performance.now() + 2_000;
  let left = await openAtServer();
  while (left > 0 && performance.now() < until) left = await openAtServer();
  return left;
}

const rows = [];
for (const [name, make] of Object.entries(contenders)) {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const shared = new AbortController();
  const { setMaxListeners } = await import('node:events');
  setMaxListeners(0, shared.signal);
  const start = make(agent, shared.signal);
  const random = seededRandom(Number(values.seed));
  await soak(start, random, 2_000); // pools, code and shapes are warm then
  await leftAtServer();
  const [heapBefore, timersBefore] = [await settledHeap(), timers()];
  uncaught = 0;
  const began = performance.now();
  const late = await soak(start, random, CANCELS);
  const seconds = (performance.now() - began) / 1_000;
  const busyAtServer = await leftAtServer();
  const heap = await settledHeap();
  const busyAtClient =
    Object.values(agent.sockets).flat().length + Object.values(agent.requests).flat().length;
  // What is heard of the requests that follow: whether their connection remembers all who used it.
  for (let i = 0; i < 500; i++) await new Promise((resolve) => start('/now', true, resolve));
  await tick();
  const pooled = Object.values(agent.freeSockets).flat();
  const listeners = pooled.flatMap((socket) =>
    socket.eventNames().map((event) => socket.listenerCount(event)),
  );
  rows.push({
    client: name,
    uncaught,
    'late values': late,
    'busy at server': busyAtServer,
    'busy at client': busyAtClient,
    timers: Math.max(0, timers() - timersBefore),
    'listeners a socket': Math.max(0, ...listeners),
    pooled: pooled.length,
    'on the signal': getEventListeners(shared.signal, 'abort').length,
    'KB per 1,000': (heap - heapBefore) / 1_024 / (CANCELS / 1_000),
    seconds,
  });
  agent.destroy();
}
server.disconnect();

table(`After ${CANCELS} cancels at random moments`, rows);
console.log('');
const wanted = targets('soak');
const [own] = rows;
for (const [figure, bound] of Object.entries(wanted)) keeps(figure, own[figure], bound);
finish();
