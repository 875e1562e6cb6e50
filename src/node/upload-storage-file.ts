import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
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
  const nameOf = (key: string): string => `${createHash('sha256').update(key).digest('hex')}.json`;
  const place = (key: string): string => join(home, nameOf(key));
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
      // A name of its own: others may save the same record at once.
      const beside = `${place(key)}.${randomBytes(6).toString('hex')}.tmp`;
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
      for (const name of await halfWritten(home, `${nameOf(key)}.`))
        await rm(join(home, name), { force: true });
    },
  };
}

/** What processes that were killed have left of records of this name. */
async function halfWritten(folder: string, start: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.startsWith(start) && name.endsWith('.tmp'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
}
