import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { checkingInput } from '../errors/from-input.js';
import { taskError } from '../errors/task-error.js';
import { recipeBody } from '../http/body.js';
import { invalid } from '../http/invalid-input.js';
import type { OpenedSource, SourcePart, UploadSource } from '../transfers/upload/upload-source.js';

/**
 * A file as the source of an upload: read part by part as it is sent, never whole in memory.
 *
 * Path, size and date tell it from other content, so that an upload goes on in another process. A file that changes
 * while it is uploaded is a `request` error (`SOURCE_CHANGED`), one that cannot be read a `file` error.
 *
 * @example
 * resumableUpload(client, '/films', fileSource('film.mp4'), { storage: fileUploads('.uploads') });
 * @throws TaskError `request` for a path that is no string
 */
export function fileSource(path: string): UploadSource {
  checkingInput(() => {
    if (typeof path !== 'string' || path === '') throw invalid('path', 'the path of a file', path);
  });
  const file = resolve(path);
  return { open: () => openFile(file) };
}

async function openFile(path: string): Promise<OpenedSource> {
  const { size, mtimeMs } = await lookAt(path);
  const checked = async (): Promise<void> => {
    const now = await lookAt(path);
    if (now.size !== size || now.mtimeMs !== mtimeMs) throw changed(path);
  };
  return {
    size,
    identity: `${path} ${String(size)} ${String(mtimeMs)}`,
    fileName: basename(path),
    contentType: undefined,
    maxPartBytes: Infinity,
    part: async (offset, maxBytes): Promise<SourcePart> => {
      await checked();
      const end = Math.min(size, offset + maxBytes);
      const length = end - offset;
      return {
        // The stream opens its file when it is read first, and closes it when it is let go.
        body: recipeBody(() => stretch(path, offset, end, checked), { length }),
        byteLength: length,
        isLast: end === size,
      };
    },
    close: () => undefined,
  };
}

async function lookAt(path: string): Promise<{ readonly size: number; readonly mtimeMs: number }> {
  try {
    const found = await stat(path);
    if (!found.isFile())
      throw Object.assign(new Error('not a file'), {
        code: found.isDirectory() ? 'EISDIR' : 'EINVAL',
      });
    return found;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** The last of it is given out when the file is known to be still the same: without it no request is whole. */
async function* stretch(
  path: string,
  start: number,
  end: number,
  checked: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  if (start === end) return;
  const stream = createReadStream(path, { start, end: end - 1 });
  let last: Uint8Array | undefined;
  try {
    for await (const chunk of stream) {
      if (last !== undefined) yield last;
      last = chunk as Uint8Array;
    }
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    stream.destroy();
  }
  await checked();
  if (last !== undefined) yield last;
}

function changed(path: string): Error {
  const message = `${path} has changed since its upload began: it is other content now`;
  return taskError('request', { field: 'source' }, { code: 'SOURCE_CHANGED', message });
}

function unreadable(path: string, cause: unknown): Error {
  const { code = 'FILE_UNREADABLE', message } = cause as NodeJS.ErrnoException;
  return taskError(
    'file',
    { path, destination: undefined },
    { code, message: `${path} cannot be read: ${message}`, cause },
  );
}
