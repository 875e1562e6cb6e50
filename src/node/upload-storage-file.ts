import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { checkingInput } from '../errors/from-input.js';
import { invalid } from '../http/invalid-input.js';
import { type UploadStorage, parseStored } from '../transfers/upload/upload-storage.js';

/**
 * Remembers uploads in a folder, a small file each, so that another process goes on with them. The folder is made when
 * it is needed, for its owner alone: who knows an upload's URL may be able to write there.
 *
 * A record is written whole or not at all: into a file beside, then moved.
 *
 * @example
 * resumableUpload(client, '/films', fileSource('film.mp4'), { storage: fileUploads('.uploads') });
 * @throws TaskError `request` for a folder that is no string
 */
export function fileUploads(folder: string): UploadStorage {
  checkingInput(() => {
    if (typeof folder !== 'string' || folder === '')
      throw invalid('folder', 'the path of a folder', folder);
  });
  const home = resolve(folder);
  const place = (key: string): string =>
    join(home, `${createHash('sha256').update(key).digest('hex')}.json`);
  return {
    find: async (key) => {
      try {
        return parseStored(await readFile(place(key), 'utf8'));
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw cause;
      }
    },
    save: async (key, upload) => {
      await mkdir(home, { recursive: true, mode: 0o700 });
      const beside = `${place(key)}.tmp`;
      try {
        await writeFile(beside, JSON.stringify(upload), { mode: 0o600, flush: true });
        await rename(beside, place(key));
      } catch (cause) {
        await rm(beside, { force: true });
        throw cause;
      }
    },
    remove: async (key) => {
      await rm(place(key), { force: true });
    },
  };
}
