// A consumer that is slower than the server holds the server back: 1 GiB into a sink of about 50 MiB/s leaves the
// process's memory within 64 MiB of where it began, and one chunk every 5 ms keeps the server within 5 MiB.
import { fork } from 'node:child_process';
import { lastValueFrom, takeWhile, tap, count } from 'rxjs';
import { setTimeout as pause } from 'node:timers/promises';
import { entry } from './coldwire.mjs';
import { finish, keeps, table, targets } from './report.mjs';

const { createClient } = await import(entry());
const { oneByOne } = await import(entry('streams/index.js'));

const SIZE = 1024 ** 3;
const RATE = 50 * 1024 ** 2;
const server = fork(new URL('./flood-server.mjs', import.meta.url));
const url = await new Promise((resolve) => server.once('message', resolve));
const written = () =>
  new Promise((resolve) => {
    server.once('message', resolve);
    server.send('written');
  });
const client = createClient();

// Warm up, so that the code and the pools are there before the memory is looked at.
await lastValueFrom(client.get(`${url}?size=${64 * 1024 ** 2}`).bytes.pipe(count()));
globalThis.gc?.();
const before = process.memoryUsage().rss;
let peak = before;
let received = 0;
const start = performance.now();
await lastValueFrom(
  client.get(`${url}?size=${SIZE}`).bytes.pipe(
    oneByOne(async (chunk) => {
      received += chunk.byteLength;
      const aheadMs = (received / RATE) * 1000 - (performance.now() - start);
      if (aheadMs > 5) await pause(aheadMs);
      peak = Math.max(peak, process.memoryUsage.rss());
      return received;
    }),
  ),
);
const paced = {
  what: '1 GiB at 50 MiB/s',
  'peak above the start (MiB)': (peak - before) / 1024 ** 2,
  bytes: received,
};

let taken = 0;
let furthest = 0;
const until = performance.now() + 1500;
await lastValueFrom(
  client.get(`${url}?size=${SIZE}`).bytes.pipe(
    oneByOne(async (chunk) => {
      taken += chunk.byteLength;
      await pause(5);
      furthest = Math.max(furthest, (await written()) - taken);
      return performance.now();
    }),
    takeWhile((now) => now < until),
    tap({}),
  ),
  { defaultValue: 0 },
);
const held = { what: 'one chunk every 5 ms', 'server ahead by (MiB)': furthest / 1024 ** 2 };
table('A slow consumer', [paced]);
table('How far the server gets', [held]);
if (received !== SIZE) throw new Error(`${received} bytes`);
keeps('memory above the start (MiB)', paced['peak above the start (MiB)'], targets('slow').memory);
keeps('server ahead (MiB)', held['server ahead by (MiB)'], targets('slow').ahead);
server.kill();
finish();
