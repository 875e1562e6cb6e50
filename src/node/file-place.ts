import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { TaskRequest } from '../http/request.js';
import { type Disk, errnoOf } from './disk.js';
import type { CheckedDownload } from './download-options.js';
import { fileError, fileRefusal } from './file-error.js';

/** Leaves room for what is put behind a name. */
const LONGEST_BASE_BYTES = 220;

/** What stands for the resource in a note: a hash, for a URL may hold secrets. */
export function identityOf(request: TaskRequest, own: string | undefined): string {
  return createHash('sha256')
    .update(own ?? `GET ${request.url}`)
    .digest('hex');
}

/** What the names of the part and its note begin with: beside the target, whatever that will be called. */
export function partBase({ path, directory }: CheckedDownload, identity: string): string {
  const hidden = `.${identity.slice(0, 32)}`;
  if (path === undefined) return join(directory ?? '', hidden);
  return Buffer.byteLength(basename(path)) > LONGEST_BASE_BYTES
    ? join(dirname(path), hidden)
    : path;
}

/** Refuses a target that something is in the way of. @throws TaskError `file` */
export async function checkTarget(
  disk: Disk,
  request: TaskRequest,
  path: string,
  overwrite: boolean,
): Promise<void> {
  const found = await statAt(disk, request, path);
  if (found?.isDirectory() === true)
    throw fileRefusal(request, 'EISDIR', 'the target is a directory', path);
  if (found !== undefined && !overwrite)
    throw fileRefusal(
      request,
      'EEXIST',
      'the target exists, and overwrite was not asked for',
      path,
    );
}

/** Refuses what is no directory. @throws TaskError `file` */
export async function checkDirectory(
  disk: Disk,
  request: TaskRequest,
  path: string,
): Promise<void> {
  const found = await statAt(disk, request, path);
  if (found === undefined) throw fileRefusal(request, 'ENOENT', 'there is no directory', path);
  if (!found.isDirectory()) throw fileRefusal(request, 'ENOTDIR', 'it is no directory', path);
}

async function statAt(
  disk: Disk,
  request: TaskRequest,
  path: string,
): Promise<{ isDirectory(): boolean } | undefined> {
  try {
    return await disk.stat(path);
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return undefined;
    throw fileError(request, 'look at', cause, path);
  }
}
