import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createClient, recipeBody } from 'coldwire';
import {
  type StoredUpload,
  type UploadStorage,
  memoryUploads,
  resumableUpload,
  tusProtocol,
} from 'coldwire/transfers';
import { filter, firstValueFrom } from 'rxjs';
import { content, notices, result } from '../../support/resumable-content.js';
import type { Fate, ResumableServer, SeenRequest } from '../../support/resumable-server.js';
import { TusMemory } from '../../support/tus-memory.js';
import { sha256, tusOrigin } from '../../support/tus-origin.js';

const bytes = content(400_000);

describe('extensions of tus', () => {
  let memory: TusMemory;
  let server: ResumableServer;
  let fate: (request: SeenRequest) => Fate | undefined;
  beforeEach(async () => {
    memory = new TusMemory();
    fate = () => undefined;
    server = await memory.listen((request) => fate(request));
  });
  afterEach(async () => {
    await server.stop();
    expect(memory.violations).toEqual([]);
  });
  const upload = (tus = {}, options = {}) =>
    resumableUpload(createClient(), `${server.url}/files`, bytes, {
      protocol: tusProtocol(tus),
      baseDelayMs: 1,
      decode: () => undefined,
      ...options,
    });
  const finished = (): string[] => memory.finished.map(sha256);

  it('checksum: every chunk says its own, and a chunk that was cut is sent again whole', async () => {
    fate = ({ n }) => (n === 3 ? { cutAfter: 5000 } : undefined);
    await result(upload({ checksum: 'sha-256' }));
    const data = server.requests.filter(({ received }) => received > 0);
    expect(
      data.every(({ headers }) => /^sha256 \S{44}$/.test(String(headers['upload-checksum']))),
    ).toBe(true);
    expect(finished()).toEqual([sha256(bytes)]);
  });

  it('checksum: of a recipe it is that of the bytes that go', async () => {
    const size = 3000;
    const source = {
      open: () => ({
        size,
        identity: undefined,
        fileName: undefined,
        contentType: undefined,
        maxPartBytes: Infinity,
        close: () => undefined,
        part: (offset: number, max: number) => {
          const part = bytes.subarray(offset, Math.min(size, offset + max));
          return {
            body: recipeBody(async function* () {
              yield part;
            }),
            byteLength: part.byteLength,
            isLast: offset + max >= size,
          };
        },
      }),
    };
    await result(
      resumableUpload(createClient(), `${server.url}/files`, source, {
        protocol: tusProtocol({ checksum: 'sha-1' }),
        decode: () => undefined,
      }),
    );
    expect(memory.finished).toEqual([Buffer.from(bytes.subarray(0, size))]);
  });

  it('concatenation: parts go at once and are made one, with progress of the whole', async () => {
    const all = await notices(upload({ parallel: 4 }));
    expect(finished()).toEqual([sha256(bytes)]);
    const creations = server.requests.filter(({ method }) => method === 'POST');
    expect(creations.map(({ headers }) => String(headers['upload-concat']).split(';')[0])).toEqual([
      'partial',
      'partial',
      'partial',
      'partial',
      'final',
    ]);
    expect(server.received).toBe(400_000);
    const progress = all.filter((notice) => notice.type === 'progress');
    expect(progress.at(-1)).toMatchObject({ loaded: 400_000, confirmed: 400_000, total: 400_000 });
    expect(all.filter(({ type }) => type === 'done')).toMatchObject([{ bytes: 400_000 }]);
    expect(all.filter(({ type }) => type === 'begun')).toHaveLength(4);
  });

  it('concatenation: each part survives its own cuts', async () => {
    let cuts = 0;
    fate = ({ method, headers }) =>
      method === 'PATCH' && Number(headers['content-length']) > 50_000 && ++cuts <= 3
        ? { cutAfter: 20_000 }
        : undefined;
    await result(upload({ parallel: 3 }));
    expect(cuts).toBeGreaterThanOrEqual(3);
    expect(finished()).toEqual([sha256(bytes)]);
  });

  it('concatenation: goes on in another process, with the parts that were done not sent again', async () => {
    const options = { storage: memoryUploads(), fingerprint: 'film' };
    fate = ({ headers }) =>
      String(headers['upload-concat']).startsWith('final') ? { stalls: true } : undefined;
    const running = upload({ parallel: 2 }, options).subscribe();
    await server.until(() =>
      server.requests.some(({ headers }) => String(headers['upload-concat']).startsWith('final')),
    );
    running.unsubscribe();
    fate = () => undefined;
    const before = server.received;
    const all = await notices(upload({ parallel: 2 }, options));
    expect(all.filter(({ type }) => type === 'begun')).toMatchObject([
      { resumed: true, offset: 200_000 },
      { resumed: true, offset: 200_000 },
    ]);
    expect(server.received).toBe(before);
    expect(finished()).toEqual([sha256(bytes)]);
    await result(upload({ parallel: 2 }, options));
    expect(memory.finished).toHaveLength(2);
  });

  it('concatenation: parts are not made one a second time where the answer to that was lost (E20)', async () => {
    const isFinal = ({ headers }: SeenRequest) =>
      String(headers['upload-concat']).startsWith('final');
    const options = { storage: memoryUploads(), fingerprint: 'film' };
    fate = (request) => (isFinal(request) ? { losesAnswer: true } : undefined);
    await expect(result(upload({ parallel: 2 }, options))).rejects.toMatchObject({
      kind: 'network',
      code: 'UPLOAD_OUTCOME_UNKNOWN',
    });
    expect(server.requests.filter(isFinal)).toHaveLength(1);
    expect(finished()).toEqual([sha256(bytes)]);
  });

  it('concatenation: a server that was too busy to make them one is asked again', async () => {
    let refusals = 0;
    fate = ({ headers }) =>
      String(headers['upload-concat']).startsWith('final') && ++refusals === 1
        ? { status: 503 }
        : undefined;
    await result(upload({ parallel: 2 }));
    expect(finished()).toEqual([sha256(bytes)]);
  });

  it('concatenation: leaving ends all parts, and deletes them where asked to (E21)', async () => {
    fate = ({ n }) => (n > 6 ? { stalls: true } : undefined);
    const running = upload({ parallel: 3 }, { deleteOnCancel: true }).subscribe();
    await server.until(() => server.requests.length >= 9);
    fate = () => undefined;
    running.unsubscribe();
    await server.until(() => memory.uploads.size === 0);
    expect(server.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(3);
  });

  it('expiration: an upload that the reference server let expire begins again', async () => {
    const origin = await tusOrigin(
      ({ method }) => {
        origin.expiresAfter(method === 'HEAD' ? 1 : 3_600_000);
        return undefined;
      },
      { expirationPeriodInMilliseconds: 3_600_000 },
    );
    try {
      const kept = memoryUploads();
      let saved: StoredUpload | undefined;
      const storage: UploadStorage = {
        ...kept,
        save: (key, upload) => {
          saved = upload;
          return kept.save(key, upload);
        },
      };
      const again = resumableUpload(createClient(), origin.files, bytes, {
        protocol: tusProtocol(),
        storage,
        fingerprint: 'f',
        decode: () => undefined,
      });
      await firstValueFrom(again.pipe(filter(({ type }) => type === 'begun')));
      expect(saved?.expiresAtMs).toBeGreaterThan(1_700_000_000_000);
      const all = await notices(again);
      expect(all.find(({ type }) => type === 'restarted')).toMatchObject({
        cause: { kind: 'status', status: 410 },
      });
      expect((await origin.stored()).map(sha256)).toContain(sha256(bytes));
    } finally {
      await origin.stop();
    }
  });

  it('termination, creation and deferred length are spoken with the reference server', async () => {
    const origin = await tusOrigin();
    try {
      const stream = async function* () {
        for (let at = 0; ; at += 1000) yield bytes.subarray(at, at + 1000);
      };
      const running = resumableUpload(createClient(), origin.files, () => stream(), {
        protocol: tusProtocol({ creationWithUpload: false }),
        deleteOnCancel: true,
        replayBytes: 2000,
      }).subscribe();
      await origin.until(() => origin.requests.length >= 5);
      running.unsubscribe();
      await origin.until(
        () => origin.requests.at(-1)?.method === 'DELETE' && origin.requests.at(-1)?.status === 204,
      );
      expect(await origin.stored()).toEqual([]);
      expect(origin.requests[0]?.headers['upload-defer-length']).toBe('1');
    } finally {
      await origin.stop();
    }
  });
});
