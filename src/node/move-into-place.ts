import { constants } from 'node:fs';
import { dirname } from 'node:path';
import { type Disk, errnoOf } from './disk.js';

/** What file systems say that know no links. */
export const WITHOUT_LINKS: readonly string[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/** Makes one file the other, at once. Without `overwrite` it fails with `EEXIST` where something is in the way. */
export async function moveIntoPlace(
  disk: Disk,
  path: string,
  target: string,
  overwrite: boolean,
): Promise<void> {
  if (overwrite) {
    await disk.rename(path, target);
    return;
  }
  try {
    // A link says no where something is in the way; a move would replace it.
    await disk.link(path, target);
  } catch (cause) {
    if (!WITHOUT_LINKS.includes(errnoOf(cause))) throw cause;
    if (await exists(disk, target)) throw Object.assign(new Error('it exists'), { code: 'EEXIST' });
    await disk.rename(path, target);
    return;
  }
  await quietly(() => disk.unlink(path));
}

/** Flushes the folder of a file, so that its name survives a loss of power. */
export async function flushFolder(disk: Disk, path: string): Promise<void> {
  const folder = await disk.open(dirname(path), constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Does what must not hide what happened before: its failure is nobody's. */
export async function quietly(step: () => Promise<unknown> | undefined): Promise<void> {
  try {
    await step();
  } catch {
    // Nobody's.
  }
}

async function exists(disk: Disk, path: string): Promise<boolean> {
  try {
    await disk.stat(path);
    return true;
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return false;
    throw cause;
  }
}
