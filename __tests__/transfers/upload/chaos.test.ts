import { describe, expect, it } from '@jest/globals';
import { type Client, createClient } from 'coldwire';
import {
  type ResumableProtocol,
  ietfProtocol,
  resumableUpload,
  tusProtocol,
} from 'coldwire/transfers';
import { lastValueFrom, mergeMap, range, toArray } from 'rxjs';
import { seededRandom } from '../../support/fault-plan.js';
import { type ChaosProxy, type Mischief, chaosProxy } from '../../support/resumable-chaos-proxy.js';
import { content, result } from '../../support/resumable-content.js';
import { ietfOrigin } from '../../support/resumable-ietf-origin.js';
import { sha256, tusOrigin } from '../../support/tus-origin.js';

const MIB = 1024 * 1024;
/** Two hundred of 1 to 32 MiB each, for each protocol, are `bench/transfers-chaos.mjs`. */
const UPLOADS = 40;
const AT_ONCE = 4;
const SEED = 20_261_122;
/** What two pairs of sockets and the proxy hold when a connection breaks. */
const IN_FLIGHT = 8 * MIB;

const pool = content(5 * MIB, SEED);

/** Uploads of 64 KiB to 4 MiB through a proxy that breaks 10 to 30 of 100 requests. */
async function chaos(
  port: number,
  path: string,
  protocol: ResumableProtocol,
  check: (hash: string, url: string) => Promise<void> | void,
): Promise<void> {
  const random = seededRandom(SEED);
  const whats: readonly Mischief['what'][] = ['cut', 'stall', 'reset', 'truncate'];
  const proxy: ChaosProxy = await chaosProxy(port, (bodyBytes) => {
    const probability = 0.1 + 0.2 * random();
    const [befalls, what, where] = [random(), random(), random()];
    return befalls < probability
      ? {
          what: whats[Math.floor(what * 4)] ?? 'cut',
          afterBytes: 1 + Math.floor(where * bodyBytes),
        }
      : undefined;
  });
  const client: Client = createClient();
  let size = 0;
  const upload = async (): Promise<void> => {
    const length = MIB / 16 + Math.floor(random() * 4 * MIB);
    const start = Math.floor(random() * (pool.byteLength - length));
    const bytes = pool.subarray(start, start + length);
    size += length;
    const done = await result(
      resumableUpload(client, `${proxy.url}${path}`, bytes, {
        protocol,
        baseDelayMs: 1,
        maxDelayMs: 20,
        // A busy machine may be silent for as long, and that is no failure.
        maxLosses: Infinity,
        idleMs: 300,
        decode: () => undefined,
      }),
    );
    await check(sha256(bytes), done.url);
  };
  try {
    await lastValueFrom(range(0, UPLOADS).pipe(mergeMap(upload, AT_ONCE), toArray()));
    const losses = Object.values(proxy.mischiefs).reduce((sum, count) => sum + count, 0);
    const again = proxy.sent - size;
    process.stdout.write(
      `${protocol.name}: ${UPLOADS} uploads, ${(size / MIB).toFixed(0)} MiB, ${proxy.requests} requests, broken ${JSON.stringify(proxy.mischiefs)}, sent again ${(again / MIB).toFixed(1)} MiB (${((100 * again) / size).toFixed(1)} %)\n`,
    );
    expect(losses).toBeGreaterThan(UPLOADS / 2);
    expect(again).toBeGreaterThanOrEqual(0);
    expect(again).toBeLessThanOrEqual(losses * IN_FLIGHT);
  } finally {
    await proxy.stop();
  }
}

describe('uploads through a proxy that cuts, stalls, resets and truncates at random (A26)', () => {
  it('arrive whole over tus, every hash right, and little is sent again', async () => {
    const origin = await tusOrigin();
    try {
      await chaos(origin.port, '/files', tusProtocol(), async (hash, url) => {
        expect(sha256(await origin.take(url))).toBe(hash);
      });
    } finally {
      await origin.stop();
    }
  }, 240_000);

  it('arrive whole over the draft, every hash right, and little is sent again', async () => {
    const origin = await ietfOrigin();
    const arrived = new Set<string>();
    try {
      await chaos(origin.port, '/films', ietfProtocol(), (hash) => {
        for (const film of origin.films$.splice(0)) arrived.add(sha256(film));
        expect(arrived.has(hash)).toBe(true);
      });
      expect(origin.violations).toEqual([]);
    } finally {
      await origin.stop();
    }
  }, 240_000);
});
