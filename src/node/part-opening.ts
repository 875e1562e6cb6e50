import type { FileHandle } from 'node:fs/promises';
import { type Disk, errnoOf } from './disk.js';
import { quietly } from './move-into-place.js';
import type { NoteClaim } from './note-claim.js';
import type { Standing } from './resume-note.js';

/**
 * Opens a part: with the bytes that its note speaks of, or a new file. What is not there to be gone on with is replaced
 * and never emptied, for it may be the target itself, by another name: whoever was killed between linking and removing it
 * left that. A file without a note is somebody else's: `EEXIST`.
 */
export async function openPart(
  disk: Disk,
  path: string,
  note: NoteClaim | undefined,
): Promise<{ handle: FileHandle; left: Standing | undefined }> {
  const left = note?.left;
  if (left !== undefined && (await holds(disk, path, left.flushedBytes))) {
    const handle = await disk.open(path, 'r+');
    try {
      await handle.truncate(left.flushedBytes);
    } catch (cause) {
      await quietly(() => handle.close());
      throw cause;
    }
    return { handle, left };
  }
  // The note must not speak of bytes that are not there.
  if (left !== undefined) await note?.write(undefined);
  if (note?.isTakenOver === true) await removed(disk, path);
  return { handle: await disk.open(path, 'wx+'), left: undefined };
}

/** Whether so many bytes are there, in a file that is this part and nothing else. */
async function holds(disk: Disk, path: string, bytes: number): Promise<boolean> {
  if (bytes === 0) return false;
  try {
    const found = await disk.lstat(path);
    return found.isFile() && found.nlink <= 1 && found.size >= bytes;
  } catch {
    return false;
  }
}

async function removed(disk: Disk, path: string): Promise<void> {
  try {
    await disk.unlink(path);
  } catch (cause) {
    if (errnoOf(cause) !== 'ENOENT') throw cause;
  }
}
