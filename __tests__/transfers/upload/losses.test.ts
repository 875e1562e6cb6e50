import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createClient, isTaskError } from 'coldwire';
import { type UploadNotice, resumableUpload, tusProtocol } from 'coldwire/transfers';
import { lastValueFrom } from 'rxjs';
import { content, notices, result } from '../../support/resumable-content.js';
import type { Fate, ResumableServer, SeenRequest } from '../../support/resumable-server.js';
import { TusMemory } from '../../support/tus-memory.js';

const SIZE = 30_000;

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
    'an early %i ends with that status, and the upload of the chunk with it (E17)',
    async (status) => {
      await start(({ n }) => (n === 2 ? { status, headers: { connection: 'close' } } : undefined));
      let read = 0;
      const source = {
        open: () => ({
          size: 64 * 1024 * 1024,
          identity: undefined,
          fileName: undefined,
          contentType: undefined,
          maxPartBytes: Infinity,
          close: () => undefined,
          part: (_offset: number, maxBytes: number) =>
            counted(Math.min(maxBytes, 64 * 1024 * 1024)),
        }),
      };
      const counted = (length: number) => ({
        body: recipeBody(
          async function* () {
            for (let at = 0; at < length; at += 65_536) {
              const chunk = new Uint8Array(Math.min(65_536, length - at));
              read += chunk.byteLength;
              yield chunk;
            }
          },
          { length },
        ),
        byteLength: length,
        isLast: length > 1024,
      });
      const { recipeBody } = await import('coldwire');
      let failed: unknown;
      try {
        await lastValueFrom(
          resumableUpload(createClient(), `${server.url}/files`, source, {
            protocol: tusProtocol(),
            chunkBytes: (n) => (n === 1 ? 1024 : Infinity),
          }),
        );
      } catch (error) {
        failed = error;
      }
      expect(isTaskError(failed, 'status') && failed.status).toBe(status);
      // What the sockets of both sides hold, and no more than a mebibyte behind the answer.
      expect(read).toBeLessThanOrEqual(8 * 1024 * 1024);
      expect(methods()).toBe('POST PATCH');
    },
  );
});
