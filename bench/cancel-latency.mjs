// How long after `unsubscribe()` the server sees the connection close, by what the request was doing.
//   node cancel-latency.mjs [--cancels=500]
import { parseArgs } from 'node:util';
import axios from 'axios';
import { entry } from './coldwire.mjs';
import { support } from './fault-support.mjs';
import { finish, keeps, table, targets } from './report.mjs';

const { createClient } = await import(entry());
const { faultServer } = await support('fault-server');
const { breaksInBody, connectionFaults, neverAnswers } = await support('faults');

const { values } = parseArgs({ options: { cancels: { type: 'string', default: '500' } } });
const CANCELS = Number(values.cancels);

/** Each starts a request and returns what cancels it. */
const contenders = {
  coldwire: () => {
    const client = createClient();
    return (url, upload) => {
      const task = upload ? client.put(url, () => endless()) : client.get(url);
      const subscription = task.subscribe({ error: () => undefined });
      return () => subscription.unsubscribe();
    };
  },
  axios: () => (url, upload) => {
    const controller = new AbortController();
    const { signal } = controller;
    const data = upload ? Buffer.alloc(32_000_000) : undefined;
    axios.request({ method: upload ? 'put' : 'get', url, data, signal }).catch(() => undefined);
    return () => controller.abort();
  },
};

async function* endless() {
  for (;;) yield new Uint8Array(65_536);
}

/** What a request is doing when it is cancelled; the server says when it is there. */
const states = {
  'in the TLS handshake': {
    script: undefined,
    options: { tls: 'localhost', connection: connectionFaults.silent },
    reached: (server, n) => server.connection(n),
  },
  'before the head': { script: neverAnswers(), reached: (server, n) => server.exchange(n) },
  'in the body': { script: breaksInBody('stall'), reached: (server, n) => server.exchange(n) },
  'in the upload': {
    script: (exchange) => exchange.finished,
    upload: true,
    reached: (server, n) => server.exchange(n),
  },
};

const rows = [];
let worst = 0;
for (const [state, { script, options, upload, reached }] of Object.entries(states)) {
  const row = { 'p99 ms': state };
  for (const [name, make] of Object.entries(contenders)) {
    const server = await faultServer(script, options);
    const start = make();
    const took = [];
    for (let n = 1; n <= CANCELS; n++) {
      const cancel = start(server.url, upload);
      const { closed } = await reached(server, n);
      const from = performance.now();
      cancel();
      await closed;
      took.push(performance.now() - from);
    }
    await server.stop();
    row[name] = took.sort((a, b) => a - b)[Math.floor(CANCELS * 0.99)];
  }
  worst = Math.max(worst, row.coldwire);
  rows.push(row);
}

table(`From unsubscribing to the close at the server, 99th percentile of ${CANCELS}`, rows);
console.log('');
keeps('p99 ms', worst, targets('cancel')['p99 ms']);
finish();
