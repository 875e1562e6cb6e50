import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { Ballast } from '../../src/axios/ballast.js';
import { ResponseReader } from '../../src/axios/response-reader.js';
import { UploadPump } from '../../src/axios/upload-pump.js';
import { pulled } from '../../src/task/pulled-bytes.js';

const CHUNK = 65_536;
const WHOLE = 512 * 1024 * 1024;
/** V8 alone lets 32 MiB of chunks come together before it collects any. */
const MOST_GARBAGE = 28 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that are out of V8's heap, above what there were at first. */
function garbage(): { note(): void; readonly most: number } {
  collect();
  const bytes = (): number => process.memoryUsage().arrayBuffers;
  const start = bytes();
  let most = 0;
  return {
    note: () => {
      most = Math.max(most, bytes() - start);
    },
    get most() {
      return most;
    },
  };
}

it('collects chunks that went up long before they fill the memory', async () => {
  const seen = garbage();
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
  expect([taken, seen.most < MOST_GARBAGE]).toEqual([WHOLE, true]);
});

it('collects chunks that came down long before they fill the memory', async () => {
  const seen = garbage();
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
  expect([received, seen.most < MOST_GARBAGE]).toEqual([WHOLE, true]);
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
