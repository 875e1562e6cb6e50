// Downloads to files and uploads over both protocols, through a proxy that cuts, stalls, resets and truncates 10 to 30 of
// 100 requests at random, seeded places. Counted: wrong hashes, failures, bytes sent again, and what is left behind.
//   node transfers-chaos.mjs [--transfers=200] [--seed=1] [--only=downloads|tus|ietf]
import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { lastValueFrom, mergeMap, range } from 'rxjs';
import { entry } from './coldwire.mjs';
import { support } from './fault-support.mjs';
import { finish, keeps, table, targets } from './report.mjs';

const { createClient, deadline } = await import(entry());
const { downloadToFile } = await import(entry('node/index.js'));
const { ietfProtocol, resumableUpload, tusProtocol } = await import(entry('transfers/index.js'));
const { chaosPlan } = await support('chaos-plan');
const { chaosProxy } = await support('chaos-proxy');
const { seededRandom } = await support('fault-plan');
const { filmOrigin, filmPath } = await support('film-origin');

const { values } = parseArgs({
  options: {
    transfers: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
const TRANSFERS = Number(values.transfers);
const SEED = Number(values.seed);
const AT_ONCE = 4;
const MIB = 1 << 20;
const IDLE_MS = 300;
const RULES = { maxAttempts: 30, baseDelayMs: 1, maxDelayMs: 20 };

const pool = Buffer.alloc(33 * MIB);
const filler = seededRandom(SEED);
for (let at = 0; at < pool.length; at += 4) pool.writeUInt32LE(filler() * 2 ** 32, at);
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Sets of transfers: each opens an origin and gives what transfers one part of the pool and says whether it came whole. */
const kinds = {
  downloads: async () => {
    const origin = await filmOrigin(pool);
    const folder = mkdtempSync(join(tmpdir(), 'coldwire-chaos-'));
    return {
      port: origin.port,
      transfer: async (url, n, start, length) => {
        const client = createClient({
          baseUrl: url,
          interceptors: [deadline({ idleMs: IDLE_MS })],
        });
        const path = join(folder, `film-${n}`);
        await lastValueFrom(
          downloadToFile(client.get(filmPath(n, start, length)), path, { resume: RULES }),
        );
        const hash = createHash('sha256');
        await pipeline(createReadStream(path), hash);
        rmSync(path);
        return hash.digest('hex') === sha256(pool.subarray(start, start + length));
      },
      left: () => readdirSync(folder).length,
      stop: async () => {
        rmSync(folder, { recursive: true });
        await origin.stop();
      },
    };
  },
  tus: async () => {
    const { tusOrigin } = await support('tus-origin');
    const origin = await tusOrigin();
    return {
      port: origin.port,
      transfer: async (url, _n, start, length) => {
        const bytes = pool.subarray(start, start + length);
        const done = await upload(`${url}/files`, bytes, tusProtocol());
        return sha256(await origin.take(done.url)) === sha256(bytes);
      },
      // Not left behind by us: what the server made of a request whose answer was lost expires there.
      left: () => 0,
      orphans: async () => (await origin.stored()).length,
      stop: () => origin.stop(),
    };
  },
  ietf: async () => {
    const { ietfOrigin } = await support('resumable-ietf-origin');
    const origin = await ietfOrigin();
    const arrived = new Set();
    return {
      port: origin.port,
      transfer: async (url, _n, start, length) => {
        const bytes = pool.subarray(start, start + length);
        await upload(`${url}/films`, bytes, ietfProtocol());
        for (const film of origin.films$.splice(0)) arrived.add(sha256(film));
        return arrived.has(sha256(bytes));
      },
      left: () => origin.violations.length,
      stop: () => origin.stop(),
    };
  },
};

const upload = (url, bytes, protocol) =>
  lastValueFrom(
    resumableUpload(createClient(), url, bytes, {
      protocol,
      baseDelayMs: 1,
      maxDelayMs: 20,
      maxLosses: 30,
      idleMs: IDLE_MS,
      decode: () => undefined,
    }),
  );

async function run(name) {
  const { port, transfer, left, orphans, stop } = await kinds[name]();
  const random = seededRandom(SEED);
  const plans = [0.1, 0.2, 0.3].map((probability) => chaosPlan(SEED, probability));
  let request = 0;
  const proxy = await chaosProxy(port, {
    chaosFor: (path, n, hasBody) => plans[request++ % 3].chaosFor(path, n, hasBody),
  });
  const count = { bytes: 0, wrong: 0, failed: 0 };
  const one = async (n) => {
    const length = MIB + Math.floor(random() * 31 * MIB);
    const start = Math.floor(random() * (pool.length - length));
    count.bytes += length;
    try {
      if (!(await transfer(proxy.url, n, start, length))) count.wrong++;
    } catch (error) {
      count.failed++;
      console.error(name, n, error.message);
    }
  };
  const began = performance.now();
  await lastValueFrom(range(0, TRANSFERS).pipe(mergeMap(one, AT_ONCE)));
  const seconds = (performance.now() - began) / 1000;
  const { requests, struck, bodyBytesToClient, bodyBytesToServer } = proxy.counts;
  const moved = name === 'downloads' ? bodyBytesToClient : bodyBytesToServer;
  const files = await left();
  const atServer = (await orphans?.()) ?? 0;
  await proxy.stop();
  await stop();
  const faults = Object.values(struck).reduce((sum, times) => sum + times, 0);
  return {
    name,
    ...count,
    requests,
    struck,
    faults,
    again: moved - count.bytes,
    files,
    atServer,
    seconds,
  };
}

const rows = [];
for (const name of values.only ? [values.only] : Object.keys(kinds)) rows.push(await run(name));
// What agents close, they close a turn or two later.
for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
const resources = process.getActiveResourcesInfo();
const leftOver = (kind) => resources.filter((name) => name === kind).length;

table(
  `${TRANSFERS} transfers of 1 to 32 MiB each, 10 to 30 of 100 requests broken (seed ${SEED})`,
  rows.map((row) => ({
    transfers: row.name,
    MiB: row.bytes / MIB,
    requests: row.requests,
    cut: row.struck.cut,
    stalled: row.struck.stall,
    reset: row.struck.reset,
    truncated: row.struck.truncate,
    'sent again MiB': row.again / MIB,
    'a fault KiB': row.again / 1024 / row.faults,
    'wrong hash': row.wrong,
    failed: row.failed,
    'left behind': row.files,
    'left at server': row.atServer,
    seconds: row.seconds,
  })),
);
console.log('');
const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
const figures = {
  'wrong hashes': sum('wrong'),
  failures: sum('failed'),
  'files left behind': sum('files'),
  'sockets left behind': leftOver('TCPSocketWrap'),
  'timers left behind': leftOver('Timeout'),
  'MiB sent again a fault': sum('again') / MIB / sum('faults'),
};
for (const [figure, bound] of Object.entries(targets('transfers-chaos')))
  keeps(figure, figures[figure], bound);
finish();
