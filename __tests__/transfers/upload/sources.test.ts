import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { utimesSync } from 'node:fs';
import { mkdtemp, readdir, readlink, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createClient } from 'coldwire';
import { fileSource } from 'coldwire/node';
import { type UploadInput, ietfProtocol, resumableUpload, tusProtocol } from 'coldwire/transfers';
import { concatMap, delay, from, lastValueFrom, of, tap } from 'rxjs';
import { content, notices, result } from '../../support/resumable-content.js';
import { ietfOrigin } from '../../support/resumable-ietf-origin.js';
import type { Fate, ResumableServer, SeenRequest } from '../../support/resumable-server.js';
import { TusMemory } from '../../support/tus-memory.js';
import { sha256, tusOrigin } from '../../support/tus-origin.js';

const SIZE = 100_000;
const bytes = content(SIZE);

async function* pieces(of = bytes, size = 7000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < of.byteLength; at += size) yield of.subarray(at, at + size);
}

const SOURCES: Readonly<Record<string, () => UploadInput>> = {
  'a Uint8Array': () => bytes,
  'a Buffer': () => Buffer.from(bytes),
  'an ArrayBuffer': () => bytes.slice().buffer,
  'a Blob': () => new Blob([bytes as Uint8Array<ArrayBuffer>]),
  'a File': () => new File([bytes as Uint8Array<ArrayBuffer>], 'film.mp4', { type: 'video/mp4' }),
  'an async iterable': () => pieces(),
  'a Node stream': () => Readable.from(pieces()),
  'a ReadableStream': () => Readable.toWeb(Readable.from(pieces())) as ReadableStream<Uint8Array>,
  'an Observable': () =>
    from([...Array(10).keys()]).pipe(
      concatMap((n) => of(bytes.subarray(n * 10_000, (n + 1) * 10_000)).pipe(delay(1))),
    ),
  'a recipe': () => () => pieces(),
};

describe('what can be uploaded', () => {
  it.each(Object.keys(SOURCES))('is %s, over tus', async (name) => {
    const origin = await tusOrigin();
    try {
      const done = await result(
        resumableUpload(createClient(), origin.files, SOURCES[name]!(), {
          protocol: tusProtocol(),
          decode: () => undefined,
        }),
      );
      expect((await origin.stored()).map(sha256)).toEqual([sha256(bytes)]);
      expect(done.bytes).toBe(SIZE);
      expect(origin.received).toBe(SIZE);
    } finally {
      await origin.stop();
    }
  });

  it.each(Object.keys(SOURCES))(
    'is %s, over the draft, careful or in one request',
    async (name) => {
      const origin = await ietfOrigin();
      try {
        for (const creation of ['careful', 'optimistic'] as const)
          await result(
            resumableUpload(createClient(), origin.films, SOURCES[name]!(), {
              protocol: ietfProtocol({ creation }),
            }),
          );
        expect(origin.films$.map(sha256)).toEqual([sha256(bytes), sha256(bytes)]);
        expect(origin.violations).toEqual([]);
      } finally {
        await origin.stop();
      }
    },
  );

  it.each([0, 1024, 9216, 9217])(
    'is a stream that ends after %i bytes, wherever chunks end',
    async (length) => {
      const memory = new TusMemory();
      const server = await memory.listen();
      const some = bytes.subarray(0, length);
      await result(
        resumableUpload(createClient(), `${server.url}/files`, () => pieces(some, 1024), {
          protocol: tusProtocol(),
          decode: () => undefined,
        }),
      );
      await server.stop();
      expect(memory.finished).toEqual([Buffer.from(some)]);
      expect(memory.violations).toEqual([]);
    },
  );

  it('is named to the server: metadata of tus, Content-Disposition and Content-Type of the draft', async () => {
    const file = new File(['x'], 'fîlm "1".mp4', { type: 'video/mp4' });
    const memory = new TusMemory();
    const server = await memory.listen();
    const options = { protocol: tusProtocol(), metadata: { album: 'b' }, decode: () => undefined };
    await result(resumableUpload(createClient(), `${server.url}/files`, file, options));
    await server.stop();
    const encoded = (text: string): string => Buffer.from(text).toString('base64');
    expect(memory.uploads.get('/files/1')?.metadata).toBe(
      `filename ${encoded('fîlm "1".mp4')},filetype ${encoded('video/mp4')},album ${encoded('b')}`,
    );
    const origin = await ietfOrigin();
    await result(resumableUpload(createClient(), origin.films, file));
    await origin.stop();
    expect(origin.requests[1]?.headers).toMatchObject({
      'content-disposition': `inline; filename="f_lm \\"1\\".mp4"; filename*=UTF-8''f%C3%AElm%20%221%22.mp4`,
      'content-type': 'video/mp4',
    });
  });
});

describe('a stream of unknown length', () => {
  let memory: TusMemory;
  let server: ResumableServer;
  beforeEach(() => {
    memory = new TusMemory();
  });
  afterEach(() => server.stop());
  const upload = (source: UploadInput, options = {}) =>
    resumableUpload(createClient(), `${server.url}/files`, source, {
      protocol: tusProtocol(),
      baseDelayMs: 1,
      decode: () => undefined,
      ...options,
    });
  const start = async (fate: (request: SeenRequest) => Fate | undefined): Promise<void> => {
    server = await memory.listen(fate);
  };

  it('sends again from its window what a cut took', async () => {
    await start(({ n }) => (n === 3 || n === 6 ? { cutAfter: 5000 } : undefined));
    await result(upload(pieces(), { replayBytes: 20_000 }));
    expect(memory.finished).toEqual([Buffer.from(bytes)]);
    expect(Math.max(...server.requests.map(({ received }) => received))).toBeLessThanOrEqual(
      20_000,
    );
  });

  it('fails with a typed error when the server lost more than the window', async () => {
    await start(({ n }) => {
      if (n === 8) memory.uploads.clear();
      return undefined;
    });
    await expect(lastValueFrom(upload(pieces(), { replayBytes: 8000 }))).rejects.toMatchObject({
      kind: 'limit',
      which: 'replay',
      code: 'LIMIT_REPLAY',
      maxBytes: 8000,
    });
    expect(memory.finished).toEqual([]);
  });

  it('is opened anew for that where it is a recipe', async () => {
    await start(({ n }) => {
      if (n === 8) memory.uploads.clear();
      return undefined;
    });
    let opened = 0;
    const recipe = () => {
      opened += 1;
      return pieces();
    };
    const all = await notices(upload(recipe, { replayBytes: 8000 }));
    expect(all.some(({ type }) => type === 'restarted')).toBe(true);
    expect(opened).toBe(2);
    expect(memory.finished).toEqual([Buffer.from(bytes)]);
  });

  it('that fails fails the upload with a typed error, and is never called complete', async () => {
    await start(() => undefined);
    const broken = async function* () {
      yield bytes.subarray(0, 50_000);
      throw new Error('disk on fire');
    };
    await expect(lastValueFrom(upload(broken()))).rejects.toMatchObject({
      kind: 'request',
      code: 'BODY_SOURCE_FAILED',
      field: 'source',
    });
    expect(memory.finished).toEqual([]);
  });
});

describe('a file', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coldwire-file-'));
    file = join(folder, 'film.mp4');
    await writeFile(file, bytes);
  });
  afterEach(() => rm(folder, { recursive: true }));
  const handles = async (): Promise<number> => {
    const names = await readdir('/proc/self/fd');
    const targets = await Promise.all(
      names.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
    );
    return targets.filter((target) => target === file).length;
  };

  it('is read as it is sent, and no handle of it is left open after cuts and an end', async () => {
    const memory = new TusMemory();
    const server = await memory.listen(({ n }) => (n === 3 ? { cutAfter: 1000 } : undefined));
    await result(
      resumableUpload(createClient(), `${server.url}/files`, fileSource(file), {
        protocol: tusProtocol(),
        baseDelayMs: 1,
        decode: () => undefined,
      }),
    );
    await server.stop();
    expect(memory.finished).toEqual([Buffer.from(bytes)]);
    expect(await handles()).toBe(0);
  });

  it('that changes under way fails the upload: two contents are never joined', async () => {
    const memory = new TusMemory();
    const server = await memory.listen(({ n }) =>
      n === 2 ? { status: 503, after: utimes(file, 1, 1) } : undefined,
    );
    const upload = resumableUpload(createClient(), `${server.url}/files`, fileSource(file), {
      protocol: tusProtocol(),
      baseDelayMs: 1,
    });
    await expect(lastValueFrom(upload)).rejects.toMatchObject({
      kind: 'request',
      code: 'SOURCE_CHANGED',
    });
    await server.stop();
    expect(memory.finished).toEqual([]);
  });

  it('that changes while the last of it is read completes no upload', async () => {
    const memory = new TusMemory();
    const server = await memory.listen();
    const client = createClient({
      interceptors: [
        (request, next) =>
          next(request).pipe(
            tap((event) => {
              if (event.type === 'sent' && request.method === 'PATCH') utimesSync(file, 1, 1);
            }),
          ),
      ],
    });
    const upload = resumableUpload(client, `${server.url}/files`, fileSource(file), {
      protocol: tusProtocol({ creationWithUpload: false }),
      chunkBytes: () => Infinity,
      baseDelayMs: 1,
    });
    const outcome: unknown = await lastValueFrom(upload).catch((error: unknown) => error);
    await server.stop();
    expect(outcome).toMatchObject({ kind: 'request', code: 'SOURCE_CHANGED' });
    expect(memory.finished).toEqual([]);
  });

  it('that is not there is a typed error with its path, before anything is sent', async () => {
    const missing = join(folder, 'missing');
    const upload = resumableUpload(createClient(), 'http://127.0.0.1:9', fileSource(missing));
    await expect(lastValueFrom(upload)).rejects.toMatchObject({
      kind: 'file',
      code: 'ENOENT',
      path: missing,
    });
    const room = resumableUpload(createClient(), 'http://127.0.0.1:9', fileSource(folder));
    await expect(lastValueFrom(room)).rejects.toMatchObject({ kind: 'file', code: 'EISDIR' });
  });
});
