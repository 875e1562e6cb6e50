import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tap } from 'rxjs';
import { createClient } from 'coldwire';
import { fileUploads } from 'coldwire/node';
import {
  type StoredUpload,
  type UploadStorage,
  ietfProtocol,
  resumableUpload,
} from 'coldwire/transfers';
import { latch } from '../../support/latch.js';
import { content, result } from '../../support/resumable-content.js';
import { ietfOrigin } from '../../support/resumable-ietf-origin.js';

describe('the record of an upload', () => {
  it('is gone when the upload is done, however long it took to write', async () => {
    const origin = await ietfOrigin({ announces: false });
    const answered = latch();
    const saved = new Map<string, StoredUpload>();
    const asked: string[] = [];
    const slow: UploadStorage = {
      find: (key) => saved.get(key),
      save: async (key, upload) => {
        asked.push('save');
        await answered.opened;
        saved.set(key, upload);
      },
      remove: async (key) => {
        asked.push('remove');
        saved.delete(key);
      },
    };
    try {
      await result<unknown>(
        resumableUpload(createClient(), origin.films, content(5_000), {
          protocol: ietfProtocol({ creation: 'optimistic' }),
          storage: slow,
          fingerprint: 'film',
        }).pipe(
          tap((notice) => {
            if (notice.type === 'progress' && notice.confirmed === 5_000) answered.open();
          }),
        ),
      );
      expect(asked).toEqual(['save', 'remove']);
      expect(saved.size).toBe(0);
    } finally {
      await origin.stop();
    }
  });

  it('is gone when the upload was left and deleted, though it was still being written', async () => {
    const origin = await ietfOrigin({ announces: false }, ({ method }) =>
      method === 'POST' ? { interim: '/uploads/u1', stalls: true } : undefined,
    );
    origin.add('u1', 5_000);
    const left = latch();
    const saving = latch();
    const removed = latch();
    const saved = new Map<string, StoredUpload>();
    const running = resumableUpload(createClient(), origin.films, content(5_000), {
      protocol: ietfProtocol({ creation: 'optimistic' }),
      storage: {
        find: () => undefined,
        save: async (key, upload) => {
          saving.open();
          await left.opened;
          saved.set(key, upload);
        },
        remove: (key) => {
          saved.delete(key);
          // Late enough for a save that was not waited for.
          setImmediate(removed.open);
        },
      },
      fingerprint: 'film',
      deleteOnCancel: true,
    }).subscribe();
    try {
      await saving.opened;
      running.unsubscribe();
      left.open();
      await removed.opened;
      expect(saved.size).toBe(0);
      await origin.until(() => origin.requests.some(({ method }) => method === 'DELETE'));
    } finally {
      await origin.stop();
    }
  });
});

describe('a folder of records', () => {
  const record = { url: 'https://t/files/1', size: 5, expiresAtMs: undefined };
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coldwire-records-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('takes one record from several at once, whole each time', async () => {
    const storage = fileUploads(folder);
    const sizes = Array.from({ length: 20 }, (_, size) => size);
    await Promise.all(sizes.map(async (size) => storage.save('a key', { ...record, size })));
    expect(await storage.find('a key')).toMatchObject({ url: record.url });
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('lets what a killed process left half written go with the record, and no other', async () => {
    const storage = fileUploads(folder);
    await storage.save('another key', record);
    await storage.save('a key', record);
    await writeFile(join(folder, 'notes.tmp'), 'mine');
    const names = await readdir(folder);
    for (const name of names.filter((one) => one.endsWith('.json')))
      await writeFile(join(folder, `${name}.7.tmp`), '{"url":');
    await storage.remove('a key');
    expect(await storage.find('another key')).toMatchObject({ url: record.url });
    const left = await readdir(folder);
    expect(left).toHaveLength(3);
    expect(left).toContain('notes.tmp');
  });
});
