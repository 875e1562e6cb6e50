import { afterEach, describe, expect, it } from '@jest/globals';
import { createClient } from 'coldwire';
import { type IetfOptions, ietfProtocol, resumableUpload } from 'coldwire/transfers';
import { content, notices, result } from '../../support/resumable-content.js';
import {
  type IetfOrigin,
  type IetfOriginOptions,
  ietfOrigin,
} from '../../support/resumable-ietf-origin.js';
import type { Fate, SeenRequest } from '../../support/resumable-server.js';
import { sha256 } from '../../support/tus-origin.js';

const MIB = 1024 * 1024;

describe('an upload over the IETF draft, interop version 8 (A24)', () => {
  let origin: IetfOrigin;
  afterEach(async () => {
    await origin.stop();
    expect(origin.violations).toEqual([]);
  });

  const start = async (
    options?: IetfOriginOptions,
    fate?: (request: SeenRequest) => Fate | undefined,
  ): Promise<IetfOrigin> => (origin = await ietfOrigin(options, fate));
  const upload = (bytes: Uint8Array, ietf: IetfOptions = {}, options = {}) =>
    resumableUpload<{ sha256: string }>(createClient(), origin.films, bytes, {
      protocol: ietfProtocol(ietf),
      baseDelayMs: 1,
      ...options,
    });
  const seen = (): string =>
    origin.requests.map(({ method, received }) => `${method} ${received}`).join(', ');

  it('asks by OPTIONS, makes the upload with a small chunk, appends growing ones and gives the answer to the last (E18)', async () => {
    await start();
    const bytes = content(100_000);
    const done = await result(upload(bytes));
    expect(seen()).toBe('OPTIONS 0, POST 1024, PATCH 8192, PATCH 65536, PATCH 25248');
    expect(origin.films$.map(sha256)).toEqual([sha256(bytes)]);
    expect(done.response?.body.sha256).toBe(sha256(bytes));
  });

  it.each([0, 1, 1024, 1025])('uploads %i bytes', async (length) => {
    await start();
    await result(upload(content(length)));
    expect(origin.films$.map(({ length: bytes }) => bytes)).toEqual([length]);
    expect(origin.received).toBe(length);
  });

  it('sends everything in one ordinary request to a server that does not speak the draft', async () => {
    await start({ announces: false, interim: false });
    const bytes = content(100_000);
    await result(upload(bytes));
    expect(seen()).toBe('OPTIONS 0, POST 100000');
    expect(origin.films$.map(sha256)).toEqual([sha256(bytes)]);
  });

  it('goes on after a cut of one ordinary request where a 104 told the URL', async () => {
    await start({ announces: false }, ({ n }) => (n === 1 ? { cutAfter: 3 * MIB } : undefined));
    const bytes = content(8 * MIB);
    const all = await notices(upload(bytes, { creation: 'optimistic' }));
    expect(origin.requests.map(({ method }) => method).slice(0, 3)).toEqual([
      'POST',
      'HEAD',
      'PATCH',
    ]);
    expect(origin.films$.map(sha256)).toEqual([sha256(bytes)]);
    expect(origin.received).toBeLessThanOrEqual(8 * MIB + 2 * MIB);
    expect(all.find(({ type }) => type === 'begun')).toMatchObject({
      url: expect.stringContaining('/uploads/u1'),
    });
  });
});
