import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'coldwire';
import { fileUploads } from 'coldwire/node';
import {
  type StoredUpload,
  type UploadStorage,
  memoryUploads,
  resumableUpload,
  tusProtocol,
  webUploads,
} from 'coldwire/transfers';
import { content, notices, result } from '../../support/resumable-content.js';
import type { Fate, ResumableServer, SeenRequest } from '../../support/resumable-server.js';
import { TusMemory } from '../../support/tus-memory.js';

const bytes = content(30_000);

describe('an upload that is remembered', () => {
  let memory: TusMemory;
  let server: ResumableServer;
  let saved: Map<string, StoredUpload>;
  let storage: UploadStorage;
  let fate: (request: SeenRequest) => Fate | undefined;
  beforeEach(async () => {
    memory = new TusMemory();
    fate = () => undefined;
    server = await memory.listen((request) => fate(request));
    saved = new Map();
    storage = {
      find: async (key) => saved.get(key),
      save: async (key, upload) => void saved.set(key, upload),
      remove: async (key) => void saved.delete(key),
    };
  });
  afterEach(() => server.stop());

  const upload = (options = {}, source = bytes) =>
    resumableUpload(createClient(), `${server.url}/files`, source, {
      protocol: tusProtocol(),
      storage,
      fingerprint: 'film',
      decode: () => undefined,
      ...options,
    });
  /** Leaves an upload of which the server has 9216 bytes, as a process does that ends. */
  const abandoned = async (options = {}): Promise<void> => {
    fate = ({ n }) => (n === 3 ? { stalls: true } : undefined);
    const running = upload(options).subscribe();
    await server.until(() => server.requests.length === 3);
    running.unsubscribe();
    fate = () => undefined;
  };
  const methods = (): string => server.requests.map(({ method }) => method).join(' ');

  it('goes on in another process where the server stands, and is forgotten at its end', async () => {
    await abandoned();
    expect([...saved.values()]).toEqual([
      { url: `${server.url}/files/1`, size: 30_000, expiresAtMs: undefined },
    ]);
    const all = await notices(upload());
    expect(all.find(({ type }) => type === 'begun')).toMatchObject({ offset: 9216, resumed: true });
    expect(methods()).toBe('POST PATCH PATCH HEAD PATCH PATCH PATCH');
    expect(memory.finished).toEqual([Buffer.from(bytes)]);
    expect(saved.size).toBe(0);
  });

  it('that was complete already is done with one question and no byte', async () => {
    await abandoned();
    const [key, record] = [...saved][0]!;
    await result(upload());
    saved.set(key, record);
    const before = server.received;
    expect(await result(upload())).toMatchObject({ bytes: 30_000, response: undefined });
    expect(server.received).toBe(before);
    expect(memory.finished).toHaveLength(1);
  });

  it('begins again when the server has forgotten it', async () => {
    await abandoned();
    memory.uploads.clear();
    await result(upload());
    expect(methods()).toBe('POST PATCH PATCH HEAD POST PATCH PATCH');
    expect(memory.finished).toEqual([Buffer.from(bytes)]);
  });

  it('begins again without a question when it has expired by what the server said', async () => {
    memory.expires = 'Thu, 01 Jan 2026 00:00:00 GMT';
    await abandoned();
    await result(upload());
    expect(methods()).toBe('POST PATCH PATCH POST PATCH PATCH');
  });

  it('is remembered anew when the server lets it live a minute longer, and not for less', async () => {
    const saves: (number | undefined)[] = [];
    const watched = {
      ...storage,
      save: (_key: string, record: StoredUpload) => void saves.push(record.expiresAtMs),
    };
    const at = (second: number): number => Date.UTC(2100, 0, 1, 0, 0, second);
    fate = ({ n }) => {
      memory.expires = new Date(at([0, 0, 30, 90, 100][n] ?? 100)).toUTCString();
      return undefined;
    };
    await result(upload({ storage: watched, chunkBytes: () => 6000 }));
    expect(saves).toEqual([at(0), at(90)]);
  });

  it('begins again for content of another size under the same name', async () => {
    await abandoned();
    const other = content(20_000);
    await result(upload({}, other));
    expect(memory.finished).toEqual([Buffer.from(other)]);
  });

  it.each([403, 404, 410])(
    'begins again when the server answers the question with %i',
    async (status) => {
      await abandoned();
      fate = ({ method }) => (method === 'HEAD' ? { status } : undefined);
      await result(upload());
      expect(memory.finished).toEqual([Buffer.from(bytes)]);
    },
  );

  it('is forgotten when its whole content was refused: it is not called done later for having arrived', async () => {
    fate = ({ headers }) => (headers['upload-offset'] === '9216' ? { status: 422 } : undefined);
    await expect(result(upload())).rejects.toMatchObject({ status: 422 });
    expect(saved.size).toBe(0);
    fate = ({ headers }) => (headers['upload-offset'] === '9216' ? { status: 401 } : undefined);
    await expect(result(upload())).rejects.toMatchObject({ status: 401 });
    expect(saved.size).toBe(1);
  });

  it('does not mix up servers, protocols or contents', async () => {
    await abandoned();
    await result(upload({ fingerprint: 'another film' }));
    expect(saved.size).toBe(1);
    expect([...saved.keys()][0]).toBe(`coldwire-upload tus ${server.url}/files film`);
  });

  it('goes on although the storage fails, and says so', async () => {
    const broken = {
      find: () => Promise.reject(new Error('no disk')),
      save: () => {
        throw new Error('quota');
      },
      remove: () => undefined,
    };
    const all = await notices(upload({ storage: broken }));
    expect(all.filter(({ type }) => type === 'unsaved')).toMatchObject([
      { cause: { message: 'no disk' } },
      { cause: { message: 'quota' } },
    ]);
    expect(memory.finished).toEqual([Buffer.from(bytes)]);
  });

  it('needs something that tells contents apart: a typed error before anything is sent', async () => {
    const nameless = upload({ fingerprint: undefined });
    await expect(result(nameless)).rejects.toMatchObject({ kind: 'request', field: 'fingerprint' });
    expect(server.requests).toHaveLength(0);
  });
});

describe('where uploads are remembered', () => {
  const record = { url: 'https://t/files/1', size: 5, expiresAtMs: 7 };
  const items = new Map<string, string>();
  const web = webUploads({
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  });
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coldwire-storage-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.each(['memory', 'Web Storage', 'a folder'])(
    '%s keeps a record until it is removed',
    async (name) => {
      const storage =
        name === 'memory'
          ? memoryUploads()
          : name === 'a folder'
            ? fileUploads(join(folder, 'new'))
            : web;
      expect(await storage.find('a key')).toBeUndefined();
      await storage.remove('a key');
      await storage.save('a key', record);
      await storage.save('a key', { ...record, size: undefined });
      expect(await storage.find('a key')).toEqual({ ...record, size: undefined });
      await storage.remove('a key');
      expect(await storage.find('a key')).toBeUndefined();
    },
  );

  it('a folder lets nobody else read, and holds whole records only', async () => {
    const storage = fileUploads(join(folder, 'new'));
    await storage.save('a key', record);
    const [name = ''] = await readdir(join(folder, 'new'));
    expect((await stat(join(folder, 'new', name))).mode & 0o077).toBe(0);
    await writeFile(join(folder, 'new', name), '{"url":"https://t/fi');
    expect(await storage.find('a key')).toBeUndefined();
  });

  it('what is no record is none', async () => {
    for (const text of ['null', '7', '{}', '{"url":1}', 'x']) {
      items.set('k', text);
      expect(await web.find('k')).toBeUndefined();
    }
  });

  it('a folder that cannot be written is a failure that the upload tells', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(
      Promise.resolve(fileUploads(join(folder, 'file')).save('k', record)),
    ).rejects.toThrow();
    expect(() => fileUploads('')).toThrow(
      expect.objectContaining({ kind: 'request', field: 'folder' }),
    );
  });
});
