import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createClient, recipeBody } from 'coldwire';
import {
  type OpenedSource,
  type SourcePart,
  type UploadNotice,
  resumableUpload,
  tusProtocol,
} from 'coldwire/transfers';
import { lastValueFrom } from 'rxjs';
import { content, notices, result } from '../../support/resumable-content.js';
import type { Fate, ResumableServer, SeenRequest } from '../../support/resumable-server.js';
import { settled } from '../../support/settled.js';
import { TusMemory } from '../../support/tus-memory.js';

const SIZE = 30_000;
const MIB = 1024 * 1024;

describe('an upload that meets', () => {
  let memory: TusMemory;
  let server: ResumableServer;
  beforeEach(() => {
    memory = new TusMemory();
  });
  afterEach(async () => {
    await server.stop();
    expect(memory.violations).toEqual([]);
  });

  const start = async (fate?: (request: SeenRequest) => Fate | undefined): Promise<void> => {
    server = await memory.listen(fate);
  };
  const bytes = content(SIZE);
  const upload = (options = {}, tus = {}) =>
    resumableUpload(createClient(), `${server.url}/files`, bytes, {
      protocol: tusProtocol(tus),
      baseDelayMs: 1,
      maxLosses: 3,
      decode: () => undefined,
      ...options,
    });
  const methods = (): string => server.requests.map(({ method }) => method).join(' ');
  const failure = async (options = {}): Promise<unknown> => {
    try {
      await lastValueFrom(upload(options));
    } catch (error) {
      return error;
    }
    throw new Error('the upload did not fail');
  };
  const third = (answer: Fate) => (request: SeenRequest) => (request.n === 3 ? answer : undefined);
  const kinds = (all: readonly UploadNotice<unknown>[]): string[] =>
    all.map(({ type }) => type).filter((type) => type !== 'progress');

  it('a conflict asks what the server has, and goes on there', async () => {
    await start(third({ status: 409 }));
    await result(upload());
    expect(methods()).toBe('POST PATCH PATCH HEAD PATCH PATCH PATCH');
    expect(memory.finished).toEqual([Buffer.from(bytes)]);
  });

  it.each([423, 500, 503])('status %i waits, asks and goes on', async (status) => {
    await start(third({ status }));
    expect(kinds(await notices(upload()))).toEqual(['begun', 'waiting', 'done']);
    expect(methods()).toBe('POST PATCH PATCH HEAD PATCH PATCH PATCH');
    expect(memory.finished).toEqual([Buffer.from(bytes)]);
  });

  it('a checksum that did not match sends the chunk again', async () => {
    await start(third({ status: 460 }));
    await result(upload({}, { checksum: 'sha-1' }));
    expect(methods()).toBe('POST PATCH PATCH HEAD PATCH PATCH PATCH');
    expect(memory.finished).toEqual([Buffer.from(bytes)]);
    expect(server.requests[1]?.headers['upload-checksum']).toMatch(/^sha1 [A-Za-z0-9+/]{27}=$/);
  });

  it('an offset behind ours sends from there again', async () => {
    await start(({ n }) => {
      const first = [...memory.uploads.values()][0];
      if (n === 3 && first !== undefined) {
        first.chunks.splice(1);
        first.offset = 1024;
      }
      return undefined;
    });
    await result(upload());
    expect(methods()).toMatch(/^POST PATCH PATCH HEAD PATCH/);
    expect(memory.finished).toEqual([Buffer.from(bytes)]);
  });

  it('an offset ahead of ours leaves out what the server has', async () => {
    await start(({ n }) => {
      const first = [...memory.uploads.values()][0];
      if (n === 3 && first !== undefined) {
        first.chunks.push(bytes.slice(9216, 20_000));
        first.offset = 20_000;
      }
      return undefined;
    });
    await result(upload());
    expect(memory.finished).toEqual([Buffer.from(bytes)]);
    expect(server.requests.at(-1)?.headers['upload-offset']).toBe('29216');
  });

  it('an offset beyond the content fails: that is no upload of it', async () => {
    await start(({ n }) => {
      const first = [...memory.uploads.values()][0];
      if (n === 3 && first !== undefined) first.offset = SIZE + 1;
      return undefined;
    });
    expect(await failure()).toMatchObject({ kind: 'decode', code: 'DECODE_UPLOAD' });
  });

  it.each([404, 410])('status %i begins again, for the upload is gone', async (status) => {
    await start(third({ status }));
    expect(kinds(await notices(upload()))).toEqual(['begun', 'restarted', 'begun', 'done']);
    expect(memory.finished).toEqual([Buffer.from(bytes)]);
  });

  it('a server that stalls waits no longer than idleMs, then asks', async () => {
    await start(third({ stalls: true }));
    const all = await notices(upload({ idleMs: 60 }));
    expect(all.find(({ type }) => type === 'waiting')).toMatchObject({
      cause: { kind: 'timeout', phase: 'idle' },
    });
    expect(memory.finished).toEqual([Buffer.from(bytes)]);
  });

  it('a server that vanished fails after maxLosses in a row, with the losses before', async () => {
    await start(({ n }) => (n >= 3 ? { resets: true } : undefined));
    const error = await failure();
    expect(error).toMatchObject({ kind: 'network', previous: { length: 3 } });
    expect(methods()).toBe('POST PATCH PATCH HEAD HEAD HEAD');
  });

  it('nothing but losses does not fail while each request brings some bytes more', async () => {
    await start(({ method, received }) =>
      method === 'PATCH' && received === 0 ? { losesAnswer: true } : undefined,
    );
    await result(upload({ chunkBytes: () => 2000, maxLosses: 1 }));
    expect(memory.finished).toEqual([Buffer.from(bytes)]);
  });

  it('a lost final answer and an upload that is not there any more fails: nothing is sent a second time (E20)', async () => {
    await start(({ method, headers }) => {
      if (method === 'PATCH' && headers['upload-offset'] === '9216') return { losesAnswer: true };
      if (method === 'HEAD') memory.uploads.clear();
      return undefined;
    });
    expect(await failure()).toMatchObject({ kind: 'network', code: 'UPLOAD_OUTCOME_UNKNOWN' });
    expect(memory.finished).toHaveLength(1);
    expect(methods()).toBe('POST PATCH PATCH HEAD');
  });

  it('a lost answer to the creation makes the upload once more, and completes it once', async () => {
    await start(({ n }) => (n === 1 ? { losesAnswer: true } : undefined));
    await result(upload());
    expect(methods()).toMatch(/^POST POST PATCH/);
    expect(memory.finished).toEqual([Buffer.from(bytes)]);
  });

  it.each([401, 403, 413])(
    'an early %i ends with that status, and the sending with it: at most 1 MiB is read behind the answer (E17)',
    async (status) => {
      let read = 0;
      const full = new Promise<void>((resolve) => {
        setImmediate(async () => {
          await server.until(() => server.requests.length === 2);
          await settled(() => read);
          readBefore = read;
          resolve();
        });
      });
      let readBefore = 0;
      await start(({ n }) => (n === 2 ? { status, after: full } : undefined));
      const length = 64 * MIB;
      const part = (offset: number, maxBytes: number): SourcePart => ({
        body: recipeBody(
          async function* () {
            for (let at = offset; at < Math.min(length, offset + maxBytes); at += 1024) {
              read += 1024;
              yield new Uint8Array(1024);
            }
          },
          { length: Math.min(length - offset, maxBytes) },
        ),
        byteLength: Math.min(length - offset, maxBytes),
        isLast: offset + maxBytes >= length,
      });
      const endless: OpenedSource = {
        size: length,
        identity: undefined,
        fileName: undefined,
        contentType: undefined,
        maxPartBytes: Infinity,
        part,
        close: () => undefined,
      };
      const refused = resumableUpload(
        createClient(),
        `${server.url}/files`,
        { open: () => endless },
        {
          protocol: tusProtocol(),
          chunkBytes: (n) => (n === 1 ? 1024 : Infinity),
        },
      );
      await expect(lastValueFrom(refused)).rejects.toMatchObject({ kind: 'status', status });
      expect(readBefore).toBeGreaterThan(MIB / 4);
      expect(read - readBefore).toBeLessThanOrEqual(MIB);
      expect(methods()).toBe('POST PATCH');
    },
  );

  it('an authentication that fails at the first chunk has sent that chunk and no more (E18)', async () => {
    await start(() => ({ status: 401 }));
    expect(await failure()).toMatchObject({ kind: 'status', status: 401 });
    expect(server.received).toBeLessThanOrEqual(1024);
    expect(server.requests).toHaveLength(1);
  });
});
