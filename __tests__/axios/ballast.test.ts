import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { ResponseReader } from '../../src/axios/response-reader.js';
import { UploadPump } from '../../src/axios/upload-pump.js';
import { pulled } from '../../src/task/pulled-bytes.js';

const CHUNK = 65_536;
const WHOLE = 512 * 1024 * 1024;
/** With ballast it is 6 to 9 MiB, whatever the version of Node; without, 17 to 80. */
const MOST_GARBAGE = 14 * 1024 * 1024;

/** Bytes out of V8's heap, above what there were at first: their mean, since a single figure is the collector's mood. */
async function garbage(): Promise<{ note(): void; readonly mean: number }> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
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

it('collects chunks that went up long before they fill the memory', async () => {
  const seen = await garbage();
  let taken = 0;
  function* chunks(): Generator<Uint8Array> {
    for (let left = WHOLE; left > 0; left -= CHUNK) yield new Uint8Array(CHUNK);
  }
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
  await new UploadPump(pulled(Readable.from(chunks())), sink, WHOLE, listener).run();
  expect([taken, seen.mean < MOST_GARBAGE]).toEqual([WHOLE, true]);
});

it('collects chunks that came down long before they fill the memory', async () => {
  const seen = await garbage();
  let left = WHOLE;
  const source = new Readable({
    read() {
      left -= CHUNK;
      this.push(left < 0 ? null : new Uint8Array(CHUNK));
    },
  });
  let received = 0;
  await new Promise<void>((resolve, reject) => {
    const reader = new ResponseReader(source, undefined, undefined, {
      chunk: ({ byteLength }) => {
        received += byteLength;
        seen.note();
      },
      ended: resolve,
      failed: reject,
    });
    reader.start();
  });
  expect([received, seen.mean < MOST_GARBAGE]).toEqual([WHOLE, true]);
});
