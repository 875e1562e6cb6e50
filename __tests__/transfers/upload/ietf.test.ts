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

  it('asks instead of sending again when the final answer is lost (E20)', async () => {
    await start({}, ({ headers }) =>
      headers['upload-complete'] === '?1' ? { losesAnswer: true } : undefined,
    );
    const bytes = content(20_000);
    const done = await result(upload(bytes));
    expect(done).toMatchObject({ bytes: 20_000, response: undefined });
    expect(origin.received).toBe(20_000);
    expect(origin.films$).toHaveLength(1);
    expect(seen()).toMatch(/HEAD 0$/);
  });

  it('fails, and sends nothing a second time, when the final answer is lost and the upload is not there any more (E20)', async () => {
    await start({ forgetsComplete: true }, ({ headers }) =>
      headers['upload-complete'] === '?1' ? { losesAnswer: true } : undefined,
    );
    await expect(result(upload(content(20_000)))).rejects.toMatchObject({
      kind: 'network',
      code: 'UPLOAD_OUTCOME_UNKNOWN',
    });
    expect(origin.films$).toHaveLength(1);
  });

  it('completes by an empty request, once, what the server has whole and was never told to be complete (E20)', async () => {
    await start({}, ({ n }) => {
      const [first] = origin.uploads.values();
      // Somebody else brought the rest.
      if (n === 3 && first !== undefined) {
        Object.assign(first, { offset: 20_000 });
        (first as unknown as { chunks: Buffer[] }).chunks.push(Buffer.from(bytes.subarray(1024)));
      }
      return undefined;
    });
    const bytes = content(20_000);
    const done = await result(upload(bytes));
    expect(seen()).toMatch(/HEAD 0, PATCH 0$/);
    expect(done.response?.body.sha256).toBe(sha256(bytes));
    expect(origin.films$).toHaveLength(1);
  });

  const completed = {
    status: 400,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify({
      type: 'https://iana.org/assignments/http-problem-types#completed-upload',
    }),
  };
  const first = () => [...origin.uploads.values()][0] as { offset: number; complete: boolean };

  it('asks after "already completed", and takes the answer for lost where that is so', async () => {
    await start({}, ({ headers }) => {
      if (headers['upload-complete'] !== '?1') return undefined;
      Object.assign(first(), { offset: 20_000, complete: true });
      return completed;
    });
    expect(await result(upload(content(20_000)))).toMatchObject({ response: undefined });
    expect(seen()).toMatch(/HEAD 0$/);
  });

  it('never begins again after "already completed": what became of it nobody knows', async () => {
    await start({}, ({ headers, method }) =>
      headers['upload-complete'] === '?1'
        ? completed
        : method === 'HEAD'
          ? { status: 404 }
          : undefined,
    );
    await expect(result(upload(content(20_000)))).rejects.toMatchObject({
      code: 'UPLOAD_OUTCOME_UNKNOWN',
    });
  });

  it('is never called done for less than the whole, whatever a server calls complete', async () => {
    await start({}, ({ n, method }) => {
      if (method === 'HEAD') Object.assign(first(), { offset: 5000, complete: true });
      return n === 4 ? { resets: true } : undefined;
    });
    await expect(result(upload(content(20_000)))).rejects.toMatchObject({ code: 'DECODE_UPLOAD' });
    await origin.stop();
    await start({}, ({ n, method }) => {
      if (method === 'HEAD') Object.assign(first(), { offset: 5000, complete: true, length: 5000 });
      return n === 4 ? { resets: true } : undefined;
    });
    const stream = async function* () {
      for (let at = 0; at < 20; at++) yield new Uint8Array(1000);
    };
    await expect(
      result(resumableUpload(createClient(), origin.films, stream, { baseDelayMs: 1 })),
    ).rejects.toMatchObject({ kind: 'request', code: 'SOURCE_CHANGED' });
  });

  it('asks after a mismatching offset, and goes on at the one it is told', async () => {
    await start({}, ({ n }) => {
      const [first] = origin.uploads.values();
      if (n === 4 && first !== undefined) {
        (first as unknown as { chunks: Buffer[] }).chunks.splice(1);
        Object.assign(first, { offset: 1024 });
      }
      return undefined;
    });
    const bytes = content(20_000);
    await result(upload(bytes));
    expect(seen()).toMatch(/^OPTIONS 0, POST 1024, PATCH 8192, PATCH \d+, HEAD 0, PATCH 1024/);
    expect(origin.films$.map(sha256)).toEqual([sha256(bytes)]);
  });

  it.each([404, 410])('begins again after %i', async (status) => {
    await start({}, ({ n }) =>
      n === 3 ? { status, headers: { connection: 'close' } } : undefined,
    );
    const bytes = content(20_000);
    await result(upload(bytes));
    expect(origin.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
    expect(origin.films$.map(sha256)).toEqual([sha256(bytes)]);
  });

  it('fails with what the resource makes of the whole content, and does not send it again', async () => {
    await start({ status: 422 });
    await expect(result(upload(content(20_000)))).rejects.toMatchObject({ status: 422 });
    expect(origin.films$).toHaveLength(1);
  });

  it('refuses content beyond max-size before a byte of it is sent', async () => {
    await start({ limits: { 'max-size': 1000 } });
    await expect(result(upload(content(2000)))).rejects.toMatchObject({
      kind: 'request',
      code: 'UPLOAD_TOO_LARGE',
      field: 'source',
    });
    expect(seen()).toBe('OPTIONS 0');
  });

  it('stops, and deletes the upload, when a 104 tells that the content is beyond max-size', async () => {
    await start({ announces: false, limits: { 'max-size': 1000 } }, ({ n }) =>
      n === 1
        ? { interim: '/uploads/u9', interimFields: 'Upload-Limit: max-size=1000\r\n', stalls: true }
        : undefined,
    );
    await expect(
      result(upload(content(2 * MIB), { creation: 'optimistic' })),
    ).rejects.toMatchObject({ code: 'UPLOAD_TOO_LARGE' });
    await origin.until(
      () => origin.requests.length === 2 && origin.requests[1]?.status !== undefined,
    );
    expect(origin.requests[1]).toMatchObject({ method: 'DELETE', path: '/uploads/u9' });
  });

  it('keeps max-append-size and min-append-size, from the first request on', async () => {
    await start({ limits: { 'max-append-size': 5000, 'min-append-size': 2000, 'max-age': 3600 } });
    const bytes = content(20_000);
    await result(upload(bytes));
    expect(seen()).toBe('OPTIONS 0, POST 2000, PATCH 5000, PATCH 5000, PATCH 5000, PATCH 3000');
    expect(origin.films$.map(sha256)).toEqual([sha256(bytes)]);
  });

  it('goes on in smaller requests after 413 with a limit, and fails without one (E17)', async () => {
    await start({}, ({ n }) =>
      n === 4
        ? { status: 413, headers: { 'upload-limit': 'max-append-size=3000', connection: 'close' } }
        : undefined,
    );
    const bytes = content(20_000);
    await result(upload(bytes));
    expect(origin.requests.slice(5).every(({ received }) => received <= 3000)).toBe(true);
    expect(origin.films$.map(sha256)).toEqual([sha256(bytes)]);
    await origin.stop();
    await start({}, ({ n }) =>
      n === 3 ? { status: 413, headers: { connection: 'close' } } : undefined,
    );
    await expect(result(upload(bytes))).rejects.toMatchObject({ status: 413 });
    expect(origin.requests).toHaveLength(3);
  });

  it('cuts an ordinary request short where the 104 allows less in one, and goes on in parts', async () => {
    await start({ announces: false }, ({ n }) =>
      n === 1
        ? {
            interim: '/uploads/u0',
            interimFields: 'Upload-Limit: max-append-size=50000\r\n',
            stalls: true,
          }
        : undefined,
    );
    origin.add('u0', 100_000);
    const bytes = content(100_000);
    await result(upload(bytes, { creation: 'optimistic' }));
    expect(origin.films$.map(sha256)).toEqual([sha256(bytes)]);
    expect(origin.requests.slice(1).every(({ received }) => received <= 50_000)).toBe(true);
  });

  it('is deaf to a 104 of another interop version', async () => {
    await start({ announces: false }, ({ n }) =>
      n === 1 ? { interim: '/uploads/u0', interimVersion: '7', resets: true } : undefined,
    );
    await expect(result(upload(content(5000), { creation: 'optimistic' }))).rejects.toMatchObject({
      kind: 'network',
    });
    expect(origin.requests).toHaveLength(1);
  });

  it('does not repeat an ordinary POST that may have arrived; a PUT it does', async () => {
    const cut = ({ n }: SeenRequest) => (n === 1 ? { cutAfter: 100_000 } : undefined);
    await start({ announces: false, interim: false }, cut);
    await expect(
      result(upload(content(2 * MIB), { creation: 'optimistic' })),
    ).rejects.toMatchObject({ kind: 'network', sent: true });
    expect(origin.requests).toHaveLength(1);
    await origin.stop();
    await start({ announces: false, interim: false }, cut);
    await result(upload(content(2 * MIB), { creation: 'optimistic' }, { method: 'PUT' }));
    expect(origin.requests.map(({ method }) => method)).toEqual(['PUT', 'PUT']);
  });

  it('carries a digest of each chunk, and the chunk that does not match is sent again', async () => {
    await start();
    const bytes = content(20_000);
    await result(upload(bytes, { digest: true }));
    expect(
      origin.requests.slice(1).every(({ headers }) => headers['content-digest'] !== undefined),
    ).toBe(true);
    expect(origin.films$.map(sha256)).toEqual([sha256(bytes)]);
  });

  it('survives a stalled and a reset connection, a lost answer and a 503, one after the other (A26)', async () => {
    const fates = new Map<number, Fate>([
      [4, { stalls: true }],
      [6, { resets: true }],
      [8, { losesAnswer: true }],
      [10, { status: 503, headers: { connection: 'close' } }],
    ]);
    await start({}, ({ n }) => fates.get(n));
    const bytes = content(60_000);
    await result(upload(bytes, {}, { idleMs: 80, chunkBytes: () => 8000 }));
    expect(origin.films$.map(sha256)).toEqual([sha256(bytes)]);
  });

  it('fails for good when a server refuses OPTIONS for want of a credential, before a byte is sent (E18)', async () => {
    await start({}, () => ({ status: 401 }));
    await expect(result(upload(content(5000)))).rejects.toMatchObject({ status: 401 });
    expect(origin.received).toBe(0);
  });

  it('takes an OPTIONS that is refused otherwise for a server that does not speak the draft', async () => {
    await start({}, ({ n }) => (n === 1 ? { status: 405 } : undefined));
    await result(upload(content(5000)));
    expect(seen()).toBe('OPTIONS 0, POST 5000');
  });

  it('sends a stream in one request that was cut again from its window', async () => {
    await start({ announces: false }, ({ n }) => (n === 1 ? { cutAfter: MIB } : undefined));
    const bytes = content(6 * MIB);
    const pieces = async function* () {
      for (let at = 0; at < bytes.byteLength; at += 10_000) {
        if (at % 200_000 === 0) await new Promise(setImmediate);
        yield bytes.subarray(at, at + 10_000);
      }
    };
    const done = await result(
      resumableUpload<{ sha256: string }>(createClient(), origin.films, pieces(), {
        protocol: ietfProtocol({ creation: 'optimistic' }),
        replayBytes: 8 * MIB,
        baseDelayMs: 1,
      }),
    );
    expect(done.bytes).toBe(6 * MIB);
    expect(origin.films$.map(sha256)).toEqual([sha256(bytes)]);
    expect(origin.requests.map(({ method }) => method).slice(0, 3)).toEqual([
      'POST',
      'HEAD',
      'PATCH',
    ]);
  });

  it('fails when the server names two places for one upload', async () => {
    await start({}, ({ n }) =>
      n === 2
        ? {
            interim: '/uploads/a',
            status: 201,
            headers: { location: '/uploads/b', connection: 'close' },
          }
        : undefined,
    );
    await expect(result(upload(content(5000)))).rejects.toMatchObject({ code: 'DECODE_UPLOAD' });
  });

  it('tells by each 104 on the way how much has arrived', async () => {
    await start();
    const all = await notices(
      upload(
        content(8 * MIB),
        { creation: 'careful' },
        { chunkBytes: (n: number) => (n === 1 ? 1024 : Infinity) },
      ),
    );
    const confirmed = all.flatMap((notice) =>
      notice.type === 'progress' ? [notice.confirmed] : [],
    );
    expect(new Set(confirmed).size).toBeGreaterThan(3);
    expect(confirmed).toEqual([...confirmed].sort((a, b) => a - b));
  });
});
