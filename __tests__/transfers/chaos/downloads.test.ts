import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createClient, deadline } from 'coldwire';
import { downloadToFile } from 'coldwire/node';
import { resumeDownload } from 'coldwire/transfers';
import { lastValueFrom, mergeMap, range, tap, toArray } from 'rxjs';
import { folder } from '../../node/folder.js';
import { chaosPlan } from '../../support/chaos-plan.js';
import { chaosProxy } from '../../support/chaos-proxy.js';
import { seededRandom } from '../../support/fault-plan.js';
import { filmOrigin, filmPath } from '../../support/film-origin.js';
import { held, heldNoMoreThan } from '../../support/held.js';
import { bytesOf, sha256 } from '../../support/range-answers.js';

const TRANSFERS = 24;
const AT_ONCE = 4;
const SEED = 20_261_122;
const SOCKETS = /^TCPSocketWrap$/;
const POOL = bytesOf(3 << 20, SEED);
/** 10, 20 and 30 of 100 requests. */
const PLANS = [0.1, 0.2, 0.3].map((probability) => chaosPlan(SEED, probability));

describe('downloads through a proxy that cuts, stalls, resets and truncates at random', () => {
  it('come whole, every hash right, to files and as streams, and leave nothing behind', async () => {
    const before = held(SOCKETS);
    const random = seededRandom(SEED);
    const place = folder();
    const origin = await filmOrigin(POOL);
    const proxy = await chaosProxy(origin.port, {
      chaosFor: (name, n, hasBody) =>
        PLANS[Number(name.split('/')[2]) % 3]?.chaosFor(name, n, hasBody),
    });
    const rules = { maxAttempts: 20, baseDelayMs: 2, maxDelayMs: 20 };
    const client = createClient({ baseUrl: proxy.url, interceptors: [deadline({ idleMs: 150 })] });
    let size = 0;
    const transfer = async (n: number): Promise<void> => {
      const length = 65_536 + Math.floor(random() * (2 << 20));
      const start = Math.floor(random() * (POOL.length - length));
      size += length;
      const task = client.get(filmPath(n, start, length));
      const wanted = sha256(POOL.subarray(start, start + length));
      if (n % 2 === 0) {
        const path = place.at(`film-${n}`);
        await lastValueFrom(
          downloadToFile(task, path, { resume: rules, checksum: { 'sha-256': wanted } }),
        );
        expect(sha256(readFileSync(path))).toBe(wanted);
      } else {
        const hash = createHash('sha256');
        const chunks = task.bytes.pipe(resumeDownload(rules));
        await lastValueFrom(chunks.pipe(tap((bytes) => hash.update(bytes))));
        expect(hash.digest('hex')).toBe(wanted);
      }
    };
    try {
      await lastValueFrom(range(0, TRANSFERS).pipe(mergeMap(transfer, AT_ONCE), toArray()));
      const { struck, requests, bodyBytesToClient } = proxy.counts;
      const faults = Object.values(struck).reduce((sum, count) => sum + count, 0);
      expect(faults).toBeGreaterThan(TRANSFERS / 6);
      expect(requests).toBeGreaterThanOrEqual(TRANSFERS + faults);
      // Only what was under way when a connection was lost is sent again.
      expect(bodyBytesToClient - size).toBeLessThanOrEqual(faults * (4 << 20));
      expect(place.names()).toHaveLength(TRANSFERS / 2);
    } finally {
      await proxy.stop();
      await origin.stop();
      place.remove();
    }
    await proxy.unconnected();
    await heldNoMoreThan(before, SOCKETS);
  }, 60_000);
});
