// One transfer in a process of its own: `node transfer-one.mjs <name> <url> <bytes> <coldwire's entry>` prints what it took.
import http from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const [name, url, length, entry] = process.argv.slice(2);
const bytes = Number(length);
const PIECE = new Uint8Array(65_536).fill(120);

/** Bytes of their own each time, as a file gives them. */
async function* pieces() {
  for (let left = bytes; left > 0; left -= PIECE.length) yield PIECE.slice(0, left);
}

const client = async () => {
  const { createClient } = await import(entry);
  return createClient({ baseUrl: url });
};
const axios = async () => (await import('axios')).default;

/** Each resolves to a function that transfers and resolves to the number of bytes. */
const transfers = {
  'coldwire download': async () => {
    const task = (await client()).get(`/bytes?${bytes}`).bytes;
    return () =>
      new Promise((resolve, reject) => {
        let count = 0;
        task.subscribe({
          next: (chunk) => (count += chunk.byteLength),
          error: reject,
          complete: () => resolve(count),
        });
      });
  },
  'axios download': async () => {
    const { get } = await axios();
    return async () =>
      (await get(`${url}/bytes?${bytes}`, { responseType: 'arraybuffer' })).data.length;
  },
  'axios download, as a stream': async () => {
    const { get } = await axios();
    return async () => {
      let count = 0;
      const { data } = await get(`${url}/bytes?${bytes}`, { responseType: 'stream' });
      for await (const chunk of data) count += chunk.length;
      return count;
    };
  },
  'coldwire upload': async () => {
    const task = (await client()).put('/sink', pieces);
    return () =>
      new Promise((resolve, reject) =>
        task.subscribe({ next: (answer) => resolve(answer.bytes), error: reject }),
      );
  },
  // The floor: the platform alone, in a process that has imported what coldwire stands on.
  'node:http download': async () => {
    await Promise.all([axios(), import('rxjs')]);
    return () =>
      new Promise((resolve, reject) => {
        let count = 0;
        const request = http.get(`${url}/bytes?${bytes}`, (response) => {
          response.on('data', (chunk) => (count += chunk.byteLength));
          response.on('end', () => resolve(count));
        });
        request.on('error', reject);
      });
  },
  'node:http upload': async () => {
    await Promise.all([axios(), import('rxjs')]);
    return () =>
      new Promise((resolve, reject) => {
        const request = http.request(`${url}/sink`, { method: 'PUT' }, async (response) => {
          const [answer] = await response.setEncoding('utf8').toArray();
          resolve(JSON.parse(answer).bytes);
        });
        pipeline(Readable.from(pieces(), { objectMode: false }), request).catch(reject);
      });
  },
  'axios upload': async () => {
    const { put } = await axios();
    return async () =>
      (await put(`${url}/sink`, Readable.from(pieces(), { objectMode: false }))).data.bytes;
  },
  'axios upload, maxRedirects 0': async () => {
    const { put } = await axios();
    return async () =>
      (
        await put(`${url}/sink`, Readable.from(pieces(), { objectMode: false }), {
          maxRedirects: 0,
        })
      ).data.bytes;
  },
};

const transfer = await transfers[name]();
const cpu = process.cpuUsage();
const start = process.hrtime.bigint();
const moved = await transfer();
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
const { user, system } = process.cpuUsage(cpu);
if (moved !== bytes) throw new Error(`${name}: ${moved} of ${bytes} bytes`);
const peakMiB = process.resourceUsage().maxRSS / 1024;
process.stdout.write(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, peakMiB }), () =>
  process.exit(),
);
