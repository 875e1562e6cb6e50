import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { type TaskError, createClient } from '../../src/index.js';
import type { Disk } from '../../src/node/disk.js';
import type { DownloadToFileOptions } from '../../src/node/download-options.js';
import { downloadTo } from '../../src/node/download-to.js';
import { nodeDisk } from '../../src/node/disk.js';
import { outcomeOf } from '../promises/outcome.js';
import { type FaultServer, faultServer } from '../support/fault-server.js';
import { latch } from '../support/latch.js';
import { type LoopbackServer, loopback } from '../support/loopback.js';
import { answerRange, bytesOf, sha256 } from '../support/range-answers.js';
import { settled } from '../support/settled.js';
import { diskWith, diskWithHandles, errno } from './failing-disk.js';
import { type Folder, folder, mounted } from './folder.js';

const BYTES = bytesOf(3_000_000);
let place: Folder;
let server: FaultServer;

beforeEach(async () => {
  place = folder();
  server = await faultServer((exchange) => answerRange(exchange, { bytes: BYTES, etag: '"v1"' }));
});

afterEach(async () => {
  await server.stop();
  place.remove();
});

async function download(disk: Disk, path = place.at('film'), options: DownloadToFileOptions = {}) {
  const client = createClient({ baseUrl: server.url, random: () => 0 });
  const { values, error } = await outcomeOf(downloadTo(disk, client.get('/film'), path, options));
  return { last: values.at(-1), error: error as TaskError | undefined };
}

const both = (path: string) => ({ path: `${path}.part`, destination: path });

describe('a disk that says no', () => {
  it.each(['EXDEV', 'EACCES', 'EBUSY'])(
    'makes a failed move a file error with both paths, keeps what can be gone on with, and loses nothing: C16, %s',
    async (code) => {
      const rename = (from: string, to: string) =>
        to === place.at('film') ? Promise.reject(errno(code)) : nodeDisk.rename(from, to);
      const stuck = diskWith({ rename: rename as Disk['rename'] });
      const { error } = await download(stuck, place.at('film'), { overwrite: true });
      expect(error).toMatchObject({
        kind: 'file',
        code: `FILE_${code}`,
        ...both(place.at('film')),
        cause: { code },
        request: { method: 'GET' },
      });
      expect(error?.message).toContain(`move ${place.at('film.part')} to ${place.at('film')}`);
      expect(JSON.parse(JSON.stringify(error))).toMatchObject(both(place.at('film')));
      expect(place.names()).toEqual(['film.part', 'film.part.json']);
      // The next one finds all bytes there: it asks whether they are still the same, and moves them.
      expect((await download(nodeDisk)).last).toMatchObject({ resumedFromBytes: BYTES.length });
      expect(server.exchanges.at(-1)?.request.headers['range']).toBe('bytes=3000000-');
      expect(sha256(readFileSync(place.at('film')))).toBe(sha256(BYTES));
      expect(place.names()).toEqual(['film']);
    },
  );

  it('removes the part behind a failed move when nothing is to be kept: C16', async () => {
    const stuck = diskWith({ rename: () => Promise.reject(errno('EXDEV')) });
    const { error } = await download(stuck, place.at('film'), { resume: false, overwrite: true });
    expect(error).toMatchObject({ kind: 'file', code: 'FILE_EXDEV' });
    expect(place.names()).toEqual([]);
  });

  it('moves where the file system knows no links, and still replaces nothing', async () => {
    const unlinked = diskWith({ link: () => Promise.reject(errno('EPERM')) });
    expect((await download(unlinked)).last).toMatchObject({ type: 'saved' });
    expect(place.names()).toEqual(['film']);
    let looks = 0;
    const late = diskWith({
      link: () => Promise.reject(errno('ENOTSUP')),
      // Free when it is looked at first, and taken at the end.
      stat: (path) =>
        path.endsWith('film') && looks++ === 0
          ? Promise.reject(errno('ENOENT'))
          : nodeDisk.stat(path),
    });
    expect((await download(late)).error).toMatchObject({ kind: 'file', code: 'FILE_EEXIST' });
  });

  it.each([
    ['open', { open: () => Promise.reject(errno('EACCES')) }, 'FILE_EACCES'],
    ['write a note', { writeFile: () => Promise.reject(errno('EROFS')) }, 'FILE_EROFS'],
    ['look at the target', { stat: () => Promise.reject(errno('EIO')) }, 'FILE_EIO'],
  ] as [string, Partial<Disk>, string][])(
    'is a file error before anything is sent, when it lets nobody %s',
    async (_name, changes, code) => {
      const { error } = await download(diskWith(changes));
      expect(error).toMatchObject({ kind: 'file', code });
      expect(server.exchanges).toHaveLength(0);
      expect(place.names()).toEqual([]);
    },
  );

  it.each(['writev', 'sync', 'datasync'] as const)(
    'is a file error when it fails in the middle of a download: %s',
    async (method) => {
      let calls = 0;
      const failing = diskWithHandles((real) => ({
        [method]: (...args: unknown[]) =>
          ++calls > (method === 'writev' ? 2 : 0)
            ? Promise.reject(errno('ENOSPC'))
            : (real[method] as (...all: unknown[]) => unknown)(...args),
      }));
      const { error } = await download(failing, place.at('film'), { resume: false });
      // A part that is not to be kept is never flushed before its end.
      if (method === 'datasync') expect(error).toBeUndefined();
      else {
        expect(error).toMatchObject({ kind: 'file', code: 'FILE_ENOSPC' });
        expect(place.names()).toEqual([]);
        await server.unconnected();
      }
    },
  );

  it('writes on where a write took a part of what it was given', async () => {
    const slow = diskWithHandles((real) => ({
      writev: (chunks: Uint8Array[], position: number) =>
        real.writev([(chunks[0] as Uint8Array).subarray(0, 1_000)], position),
    }));
    expect((await download(slow)).last).toMatchObject({ type: 'saved', bytes: BYTES.length });
    expect(sha256(readFileSync(place.at('film')))).toBe(sha256(BYTES));
  });

  const small = mounted('size=1m');
  it(
    small
      ? 'keeps the target as it was when the disk is full'
      : 'NOT TRIED, for want of a small disk: the disk is full',
    async () => {
      if (small === undefined) return;
      try {
        const { error } = await download(nodeDisk, small.at('film'));
        expect(error).toMatchObject({
          kind: 'file',
          code: 'FILE_ENOSPC',
          path: small.at('film.part'),
        });
        expect(small.names()).not.toContain('film');
        await server.unconnected();
        writeFileSync(small.at('other'), 'mine');
        const { error: bare } = await download(nodeDisk, small.at('other'), {
          resume: false,
          overwrite: true,
        });
        expect(bare).toMatchObject({ kind: 'file', code: 'FILE_ENOSPC' });
        expect(small.names().filter((name) => name.startsWith('other'))).toEqual(['other']);
        expect(readFileSync(small.at('other'), 'utf8')).toBe('mine');
      } finally {
        small.unmount();
      }
    },
  );

  const locked = mounted('ro');
  it(
    locked
      ? 'is a file error on a disk that nobody may write to'
      : 'NOT TRIED, for want of a disk that is read-only',
    async () => {
      if (locked === undefined) return;
      try {
        const { error } = await download(nodeDisk, locked.at('film'));
        expect(error).toMatchObject({ kind: 'file', code: 'FILE_EROFS' });
        expect(server.exchanges).toHaveLength(0);
      } finally {
        locked.unmount();
      }
    },
  );

  it('says that the target is busy where another file is mounted over it, and loses neither', async () => {
    writeFileSync(place.at('film'), 'mine');
    writeFileSync(place.at('other'), 'its');
    const bound = spawnSync('mount', ['--bind', place.at('other'), place.at('film')]).status === 0;
    if (!bound) return;
    try {
      const { error } = await download(nodeDisk, place.at('film'), { overwrite: true });
      expect(error).toMatchObject({ kind: 'file', code: 'FILE_EBUSY', ...both(place.at('film')) });
      expect(readFileSync(place.at('film'), 'utf8')).toBe('its');
      expect(sha256(readFileSync(place.at('film.part')))).toBe(sha256(BYTES));
    } finally {
      spawnSync('umount', [place.at('film')]);
    }
    expect(readFileSync(place.at('film'), 'utf8')).toBe('mine');
  });

  const isRoot = process.getuid?.() === 0;
  it(
    isRoot
      ? 'lets nobody write who may not: a file error before anything is sent'
      : 'NOT TRIED, for want of another user to be: no permission',
    async () => {
      if (!isRoot) return;
      chmodSync(place.path, 0o755);
      process.seteuid?.(65_534);
      try {
        const { error } = await download(nodeDisk, place.at('film'));
        expect(error).toMatchObject({ kind: 'file', code: 'FILE_EACCES' });
        const { error: bare } = await download(nodeDisk, place.at('film'), { resume: false });
        expect(bare).toMatchObject({ kind: 'file', code: 'FILE_EACCES' });
      } finally {
        process.seteuid?.(0);
      }
      expect(server.exchanges).toHaveLength(0);
      expect(place.names()).toEqual([]);
    },
  );
});

describe('a disk that is slow', () => {
  let big: LoopbackServer | undefined;
  afterEach(async () => {
    await big?.stop();
  });

  it('holds the server back: what waits in memory stays small', async () => {
    const whole = Buffer.alloc(64 << 20, 'slow');
    let taken = 0;
    big = await loopback((_request, response) => {
      response.writeHead(200, { 'content-length': whole.length, etag: '"v1"' });
      let at = 0;
      const more = (): void => {
        while (at < whole.length) {
          const piece = whole.subarray(at, (at += 65_536));
          taken += piece.length;
          if (!response.write(piece)) {
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    });
    const disk = latch();
    const waiting = diskWithHandles((real) => ({
      writev: async (chunks: Uint8Array[], position: number) => {
        await disk.opened;
        return real.writev(chunks, position);
      },
    }));
    const client = createClient({ baseUrl: big.url });
    const outcome = outcomeOf(downloadTo(waiting, client.get('/'), place.at('big'), {}));
    await big.request(1);
    await settled(() => taken);
    // What we hold is at most 1 MiB and a chunk; the rest is in the system's buffers.
    expect(taken).toBeLessThan(16 << 20);
    disk.open();
    expect((await outcome).completed).toBe(true);
    expect(sha256(readFileSync(place.at('big')))).toBe(sha256(whole));
  });
});
