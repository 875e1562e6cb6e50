import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { Ballast } from '../../src/axios/ballast.js';
import { ResponseReader } from '../../src/axios/response-reader.js';
import { UploadPump } from '../../src/axios/upload-pump.js';
import { pulled } from '../../src/task/pulled-bytes.js';

const CHUNK = 65_536;
const WHOLE = 256 * 1024 * 1024;
/** With ballast, a half or less of what the same chunks leave that nobody helps to collect. */
const MOST_OF_PLAIN = 0.55;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes out of V8's heap, above what there were at first: their mean, since a single figure is the collector's mood. */
async function garbage(): Promise<{ note(): void; readonly mean: number }> {
  const bytes = (): number => process.memoryUsage().arrayBuffers;
  // What was collected is swept in the turns after.
  for (let round = 0; round < 3; round++) {
    collect();
    await new Promise(setImmediate);
  }
  const start = bytes();
  let [sum, count] = [0, 0];
  return {
    note: () => {
      sum += bytes() - start;
      count++;
    },
    get mean() {
      return sum / count;
    },
  };
}

/** A stream of fresh chunks. */
function source(): Readable {
  let left = WHOLE;
  return new Readable({
    read() {
      left -= CHUNK;
      this.push(left < 0 ? null : new Uint8Array(CHUNK));
    },
  });
}

/** What the chunks leave where they are read and nothing else is done. */
async function plain(): Promise<number> {
  const seen = await garbage();
  for await (const _chunk of source()) seen.note();
  return seen.mean;
}

async function up(): Promise<number> {
  const seen = await garbage();
  let taken = 0;
  const sink = {
    write: (bytes: Uint8Array) => {
      taken += bytes.byteLength;
      seen.note();
      return true;
    },
    once: () => undefined,
    removeListener: () => undefined,
    end: () => undefined,
  };
  const listener = {
    uploaded: undefined,
    failed: (cause: unknown) => {
      throw cause;
    },
  };
  await new UploadPump(pulled(source()), sink, WHOLE, listener).run();
  expect(taken).toBe(WHOLE);
  return seen.mean;
}

async function down(): Promise<number> {
  const seen = await garbage();
  let received = 0;
  await new Promise<void>((resolve, reject) => {
    const reader = new ResponseReader(source(), undefined, undefined, {
      chunk: ({ byteLength }) => {
        received += byteLength;
        seen.note();
      },
      ended: resolve,
      failed: reject,
    });
    reader.start();
  });
  expect(received).toBe(WHOLE);
  return seen.mean;
}

it.each([
  ['up', up],
  ['down', down],
])('chunks that go %s are collected long before they fill the memory', async (_way, transfer) => {
  const ratios: number[] = [];
  // The collector takes its time when a process is young.
  for (let round = 0; round < 3; round++) ratios.push((await transfer()) / (await plain()));
  const [, median] = ratios.sort((a, b) => a - b);
  expect(median).toBeLessThan(MOST_OF_PLAIN);
});

it('leaves nothing with the transfers that rest, however many there are', () => {
  collect();
  const before = process.memoryUsage().heapUsed;
  const resting = Array.from({ length: 500 }, () => {
    const ballast = new Ballast();
    ballast.passed(CHUNK);
    return ballast;
  });
  collect();
  expect(resting).toHaveLength(500);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(500 * 16_000);
});
