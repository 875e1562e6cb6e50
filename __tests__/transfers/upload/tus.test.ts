import { afterEach, describe, expect, it } from '@jest/globals';
import { createClient } from 'coldwire';
import { type TusOptions, resumableUpload, tusProtocol } from 'coldwire/transfers';
import { content, notices, result } from '../../support/resumable-content.js';
import type { Fate, SeenRequest } from '../../support/resumable-server.js';
import { type TusOrigin, sha256, tusOrigin } from '../../support/tus-origin.js';

const MIB = 1024 * 1024;
/** What Node's sockets on the loopback hold at a cut. */
const IN_FLIGHT = 2 * MIB;

describe('an upload over tus 1.0, against the reference server', () => {
  let origin: TusOrigin;
  afterEach(async () => {
    await origin.stop();
  });

  const start = async (fate?: (request: SeenRequest) => Fate | undefined): Promise<TusOrigin> =>
    (origin = await tusOrigin(fate));
  const upload = (bytes: Uint8Array, options = {}, tus: TusOptions = {}) =>
    resumableUpload(createClient(), origin.files, bytes, {
      protocol: tusProtocol(tus),
      baseDelayMs: 1,
      decode: () => undefined,
      ...options,
    });
  const data = (): readonly SeenRequest[] => origin.requests.filter(({ received }) => received > 0);

  it('sends a small first chunk with the creation and then growing ones, each byte once (E18)', async () => {
    await start();
    const bytes = content(300_000);
    const all = await notices(upload(bytes));
    expect(origin.requests.map(({ method, received }) => [method, received])).toEqual([
      ['POST', 1024],
      ['PATCH', 8192],
      ['PATCH', 65_536],
      ['PATCH', 225_248],
    ]);
    expect((await origin.stored()).map(sha256)).toEqual([sha256(bytes)]);
    expect(all[0]).toMatchObject({ type: 'progress' });
    expect(all.at(-1)).toMatchObject({ type: 'done', bytes: 300_000 });
  });

  it('makes the upload first and sends after where the server takes nothing with the creation', async () => {
    await start();
    const bytes = content(5000);
    await result(upload(bytes, {}, { creationWithUpload: false }));
    expect(data().map(({ method }) => method)).toEqual(['PATCH', 'PATCH']);
    expect((await origin.stored()).map(sha256)).toEqual([sha256(bytes)]);
  });

  it.each([0, 1, 1023, 1024, 1025])('uploads %i bytes', async (length) => {
    await start();
    const bytes = content(length);
    await result(upload(bytes));
    expect((await origin.stored()).map(sha256)).toEqual([sha256(bytes)]);
    expect(origin.received).toBe(length);
  });

  it('asks after each cut what the server has, and goes on there: no more on the wire than was in flight (A26, E19)', async () => {
    const cuts = [2 * MIB, 3 * MIB, MIB];
    await start(({ headers }) =>
      Number(headers['content-length']) > 3 * MIB
        ? { cutAfter: cuts.shift() ?? Infinity }
        : undefined,
    );
    const bytes = content(12 * MIB);
    const all = await notices(
      upload(bytes, { chunkBytes: (n: number) => (n < 2 ? 1024 : Infinity) }),
    );
    expect((await origin.stored()).map(sha256)).toEqual([sha256(bytes)]);
    expect(all.filter(({ type }) => type === 'waiting')).toHaveLength(3);
    expect(origin.requests.map(({ method }) => method).join(' ')).toMatch(
      /^POST (PATCH )+HEAD (PATCH )+HEAD (PATCH )+HEAD (PATCH ?)+$/,
    );
    expect(origin.received).toBeGreaterThanOrEqual(12 * MIB);
    expect(origin.received).toBeLessThanOrEqual(12 * MIB + 3 * IN_FLIGHT);
  });

  it('asks instead of sending again when the final answer is lost (E20)', async () => {
    await start(({ method, headers }) =>
      method === 'PATCH' && headers['upload-offset'] === '9216' ? { losesAnswer: true } : undefined,
    );
    const bytes = content(20_000);
    const done = await result(upload(bytes));
    expect(origin.requests.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'PATCH', 'HEAD']);
    expect(origin.received).toBe(20_000);
    expect(done).toMatchObject({ bytes: 20_000, response: undefined });
  });
});
