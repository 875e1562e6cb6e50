import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { merge, Subject, tap } from 'rxjs';
import { createClient, type TaskEvent } from '../../src/index.js';
import { nodeDisk } from '../../src/node/disk.js';
import { downloadTo } from '../../src/node/download-to.js';
import { lost } from '../../src/transfers/download/download-errors.js';
import { outcomeOf } from '../promises/outcome.js';
import { type FaultServer, faultServer } from '../support/fault-server.js';
import { latch } from '../support/latch.js';
import { bytesOf } from '../support/range-answers.js';
import { diskWith, diskWithHandles, errno } from './failing-disk.js';
import { type Folder, folder } from './folder.js';

let place: Folder;
let server: FaultServer | undefined;

beforeEach(() => {
  place = folder();
});

afterEach(async () => {
  await server?.stop();
  place.remove();
});

const CHUNKED = { 'transfer-encoding': 'chunked' };

describe('a download that begins anew while the disk is slow', () => {
  it('writes every byte of the new beginning behind it, however many steps of the old one wait', async () => {
    const firstWrite = latch();
    const disk = latch();
    let heard = 0;
    const chunks = latch();
    server = await faultServer(async (exchange) => {
      await exchange.head(200, CHUNKED);
      if (exchange.n > 1) {
        await exchange.chunk('the whole of it');
        await exchange.lastChunk();
        return;
      }
      await exchange.chunk('one, ');
      await firstWrite.opened;
      await exchange.chunk('two, ');
      await chunks.opened;
    });
    let writes = 0;
    const slow = diskWithHandles((real) => ({
      writev: async (bytes: Uint8Array[], position: number) => {
        writes += 1;
        if (writes === 1) {
          firstWrite.open();
          await disk.opened;
        }
        return real.writev(bytes, position);
      },
    }));
    const client = createClient({
      baseUrl: server.url,
      random: () => 0,
      interceptors: [
        (request, next) =>
          next(request).pipe(
            tap((event) => {
              if (event.type !== 'chunk') return;
              heard += 1;
              if (heard === 2) chunks.open();
              if (heard === 3) disk.open();
            }),
          ),
      ],
    });
    const { values } = await outcomeOf(downloadTo(slow, client.get('/'), place.at('film'), {}));
    expect(values.at(-1)).toMatchObject({ type: 'saved', bytes: 15 });
    expect(readFileSync(place.at('film'), 'utf8')).toBe('the whole of it');
  });

  it('lets the server go on again, though what held it back was thrown away', async () => {
    const whole = bytesOf(1 << 21);
    server = await faultServer(async (exchange) => {
      await exchange.head(200, CHUNKED);
      for (let at = 0; at < whole.length; at += 65_536)
        await exchange.chunk(whole.subarray(at, at + 65_536));
      await exchange.lastChunk();
    });
    const looked = latch();
    let looks = 0;
    const slow = diskWith({
      stat: async (path) => {
        if (!path.endsWith('film')) return nodeDisk.stat(path);
        looks += 1;
        if (looks === 1) await looked.opened;
        throw errno('ENOENT');
      },
    });
    const cut = new Subject<TaskEvent>();
    let heardBytes = 0;
    const client = createClient({
      baseUrl: server.url,
      random: () => 0,
      interceptors: [
        (request, next) => {
          const events = next(request);
          if (request.attempt > 1)
            return events.pipe(
              tap((event) => {
                if (event.type === 'sent') looked.open();
              }),
            );
          const seen = events.pipe(
            tap((event) => {
              if (event.type !== 'chunk') return;
              const before = heardBytes;
              heardBytes += event.bytes.byteLength;
              if (before < 1 << 20 && heardBytes >= 1 << 20)
                setImmediate(() => {
                  cut.error(lost(request, 'ECONNRESET', 'cut'));
                });
            }),
          );
          return merge(seen, cut);
        },
      ],
    });
    const { values } = await outcomeOf(
      downloadTo(slow, client.get('/film'), { directory: place.path }, {}),
    );
    expect(values.at(-1)).toMatchObject({ type: 'saved', bytes: whole.length });
    expect(readFileSync(place.at('film')).equals(whole)).toBe(true);
  });
});
