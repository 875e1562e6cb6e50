import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  linkSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { createClient, type TaskError } from '../../src/index.js';
import { type Disk, nodeDisk } from '../../src/node/disk.js';
import type { DownloadTarget, DownloadToFileOptions } from '../../src/node/download-options.js';
import { downloadTo } from '../../src/node/download-to.js';
import { outcomeOf } from '../promises/outcome.js';
import { type FaultServer, faultServer, type Script } from '../support/fault-server.js';
import { answerRange, bytesOf, inTurn } from '../support/range-answers.js';
import { diskWith, diskWithHandles, errno } from './failing-disk.js';
import { type Folder, folder } from './folder.js';

const BYTES = bytesOf(200_000);
const FILM = { bytes: BYTES, etag: '"v1"' };

let place: Folder;
let server: FaultServer | undefined;

beforeEach(() => {
  place = folder();
});

afterEach(async () => {
  await server?.stop();
  place.remove();
});

const whole: Script = (exchange) => answerRange(exchange, FILM);
const upTo =
  (bytes: number): Script =>
  (exchange) =>
    answerRange(exchange, FILM, { upTo: bytes, then: 'stall' });

async function meet(...scripts: Script[]): Promise<void> {
  server = await faultServer(inTurn(...scripts));
}

const start = (
  disk: Disk = nodeDisk,
  options: DownloadToFileOptions = {},
  target: DownloadTarget = place.at('film'),
) =>
  downloadTo(
    disk,
    createClient({ baseUrl: server?.url ?? '', random: () => 0 }).get('/film'),
    target,
    options,
  );

async function download(...given: Parameters<typeof start>) {
  const { values, error } = await outcomeOf(start(...given));
  return { last: values.at(-1), error: error as TaskError | undefined };
}

/** How many bytes are in the one file whose name ends so; it may come and go meanwhile. */
function sizeOf(ending: string): number {
  const name = place.names().find((one) => one.endsWith(ending));
  const found =
    name === undefined ? undefined : statSync(place.at(name), { throwIfNoEntry: false });
  return found?.size ?? 0;
}

/** Leaves a part of so many bytes with its note, as a process that is over. */
async function leave(bytes: number, ...given: Parameters<typeof start>): Promise<void> {
  const running = start(...given).subscribe();
  await place.until(() => sizeOf('.part') >= bytes);
  running.unsubscribe();
  await place.until(
    (names) =>
      names.length === 2 &&
      text(names.find((name) => name.endsWith('.json')) as string).includes('flushedBytes'),
  );
}

/** Leaves a part with all the bytes, as where the last move fails. */
async function leaveWhole(target: DownloadTarget): Promise<void> {
  const stuck = diskWith({
    link: (from, to) =>
      String(from).endsWith('.part') ? Promise.reject(errno('EIO')) : nodeDisk.link(from, to),
  });
  expect((await download(stuck, {}, target)).error).toMatchObject({ code: 'FILE_EIO' });
}

const text = (name: string): string => readFileSync(place.at(name), 'utf8');
const isWhole = (name = 'film'): boolean => readFileSync(place.at(name)).equals(BYTES);
const asked = (): (string | undefined)[] =>
  (server?.exchanges ?? []).map(({ request }) => request.headers['range']);

describe('a process that was killed between linking the target and removing the part', () => {
  it.each(['with a note of bytes', 'with a note of none'])(
    'leaves a target that the next download does not touch before it is whole itself, %s',
    async (how) => {
      await meet(upTo(120_000), upTo(1_000), whole);
      await leave(120_000);
      if (how === 'with a note of none') {
        const note = JSON.parse(text('film.part.json')) as Record<string, unknown>;
        delete note['validator'];
        writeFileSync(place.at('film.part.json'), JSON.stringify(note));
      }
      writeFileSync(place.at('film.part'), BYTES);
      linkSync(place.at('film.part'), place.at('film'));
      const running = start(nodeDisk, { overwrite: true }).subscribe();
      await place.until(() => sizeOf('film.part') === 1_000);
      expect(isWhole()).toBe(true);
      running.unsubscribe();
      expect((await download(nodeDisk, { overwrite: true })).last).toMatchObject({ type: 'saved' });
      expect(isWhole()).toBe(true);
    },
  );
});

describe('a file in the place of the part', () => {
  it('is left alone where no note says that a download left it', async () => {
    await meet(whole);
    writeFileSync(place.at('film.part'), 'mine');
    expect((await download()).last).toMatchObject({ type: 'saved', bytes: BYTES.length });
    expect(isWhole()).toBe(true);
    expect(text('film.part')).toBe('mine');
    expect(place.names()).toEqual(['film', 'film.part']);
  });

  it.each(['with a note', 'with a note that is garbage'])(
    'is not written through where it is a symbolic link, %s',
    async (how) => {
      await meet(upTo(120_000), whole);
      await leave(120_000);
      writeFileSync(place.at('other'), BYTES);
      unlinkSync(place.at('film.part'));
      symlinkSync(place.at('other'), place.at('film.part'));
      if (how === 'with a note that is garbage') writeFileSync(place.at('film.part.json'), '{');
      expect((await download()).last).toMatchObject({ type: 'saved', bytes: BYTES.length });
      unlinkSync(place.at('other'));
      expect(isWhole()).toBe(true);
      expect(place.names()).toEqual(['film']);
    },
  );

  it('is moved only as it was written: one that was cut meanwhile is a file error', async () => {
    await meet(whole);
    const meddling = diskWithHandles((real) => ({
      close: async () => {
        await real.close();
        if (place.names().includes('film.part')) truncateSync(place.at('film.part'), 10);
      },
    }));
    const { error } = await download(meddling, { resume: true });
    expect(error).toMatchObject({ kind: 'file', code: 'FILE_ESTALE' });
    expect(place.names()).not.toContain('film');
  });
});

describe('who else writes the part', () => {
  it('is known by another path to the same folder, too', async () => {
    await meet(upTo(120_000), whole);
    const running = start().subscribe();
    await place.until(() => sizeOf('film.part') > 0);
    const alias = folder();
    try {
      symlinkSync(place.path, alias.at('link'));
      expect((await download(nodeDisk, {}, alias.at('link/film'))).last).toMatchObject({
        type: 'saved',
        resumedFromBytes: 0,
      });
      expect(isWhole()).toBe(true);
      expect(place.names()).toEqual(['film', 'film.part', 'film.part.json']);
    } finally {
      alias.remove();
    }
    running.unsubscribe();
  });

  it('is known where it is another thread of this process', async () => {
    await meet(upTo(120_000), whole);
    await leave(120_000);
    const worker = new Worker(
      'require("node:worker_threads").parentPort.postMessage(require("node:worker_threads").threadId)',
      { eval: true },
    );
    const [thread] = (await once(worker, 'message')) as [number];
    await worker.terminate();
    const note = JSON.parse(text('film.part.json')) as object;
    writeFileSync(place.at('film.part.json'), JSON.stringify({ ...note, thread }));
    expect((await download()).last).toMatchObject({ type: 'saved', resumedFromBytes: 0 });
    expect(place.names()).toEqual(['film', 'film.part', 'film.part.json']);
  });
});

describe('a disk that says no', () => {
  it.each([1, 2])('leaves nothing of a note that it did not take whole, note %i', async (fails) => {
    await meet(upTo(120_000));
    let notes = 0;
    const full = diskWith({
      writeFile: async (path, note) => {
        await nodeDisk.writeFile(path, note);
        notes += 1;
        if (notes === fails) throw errno('ENOSPC');
      },
    });
    const running = start(full).subscribe({ error: () => undefined });
    if (fails === 2) {
      await place.until(() => sizeOf('film.part') > 0);
      running.unsubscribe();
    }
    await place.until((names) => notes === fails && names.length === 0);
    expect(place.names()).toEqual([]);
  });

  it('costs nothing of what an earlier download left, where the part cannot be opened', async () => {
    await meet(upTo(120_000), whole);
    await leave(120_000);
    const busy = diskWith({ open: () => Promise.reject(errno('EMFILE')) });
    expect((await download(busy)).error).toMatchObject({ kind: 'file', code: 'FILE_EMFILE' });
    expect((await download()).last).toMatchObject({ type: 'saved', resumedFromBytes: 120_000 });
    expect(asked()).toEqual([undefined, 'bytes=120000-']);
    expect(place.names()).toEqual(['film']);
  });
});

describe("a part of a download into a directory, under the server's name", () => {
  const named = { 'content-disposition': 'attachment; filename="report.pdf"' };
  const begins =
    (bytes: number): Script =>
    (exchange) =>
      answerRange(exchange, FILM, { upTo: bytes, then: 'stall', headers: named });

  it('keeps the name that the first answer gave, though the rest comes without one', async () => {
    await meet(begins(120_000), whole);
    await leave(120_000, nodeDisk, {}, { directory: place.path });
    const { last } = await download(nodeDisk, {}, { directory: place.path });
    expect(last).toMatchObject({
      type: 'saved',
      path: place.at('report.pdf'),
      resumedFromBytes: 120_000,
    });
    expect(isWhole('report.pdf')).toBe(true);
    expect(place.names()).toEqual(['report.pdf']);
  });

  it.each([
    ['report.pdf', (note: string) => note],
    ['film', (note: string) => note.replace('report.pdf', '../report.pdf')],
  ])('is saved when all of it was there already and a 416 says so: as %s', async (name, spoil) => {
    await meet((exchange) => answerRange(exchange, FILM, { headers: named }), whole);
    await leaveWhole({ directory: place.path });
    const note = place.names().find((one) => one.endsWith('.json')) as string;
    writeFileSync(place.at(note), spoil(text(note)));
    const { last } = await download(nodeDisk, {}, { directory: place.path });
    expect(asked()).toEqual([undefined, 'bytes=200000-']);
    expect(last).toMatchObject({ type: 'saved', path: place.at(name) });
    expect(isWhole(name)).toBe(true);
    expect(place.names()).toEqual([name]);
  });

  it('takes the name of the new one where the resource has changed', async () => {
    await meet(begins(120_000), (exchange) =>
      answerRange(
        exchange,
        { bytes: BYTES, etag: '"v2"' },
        { headers: { 'content-disposition': 'attachment; filename="second.pdf"' } },
      ),
    );
    await leave(120_000, nodeDisk, {}, { directory: place.path });
    const { last } = await download(nodeDisk, {}, { directory: place.path });
    expect(last).toMatchObject({
      type: 'saved',
      path: place.at('second.pdf'),
      resumedFromBytes: 0,
    });
    expect(place.names()).toEqual(['second.pdf']);
  });

  it('is refused before anything is sent where a file of that name has come meanwhile', async () => {
    await meet(begins(120_000), whole);
    await leave(120_000, nodeDisk, {}, { directory: place.path });
    writeFileSync(place.at('report.pdf'), 'mine');
    const { error } = await download(nodeDisk, {}, { directory: place.path });
    expect(error).toMatchObject({ kind: 'file', code: 'FILE_EEXIST' });
    expect(asked()).toEqual([undefined]);
    renameSync(place.at('report.pdf'), place.at('mine.pdf'));
    await download(nodeDisk, {}, { directory: place.path });
    expect(isWhole('report.pdf')).toBe(true);
  });
});

describe('a part that was whole already', () => {
  it('is not saved where the 416 is of another version of the same length', async () => {
    const other = { bytes: bytesOf(BYTES.length, 2), etag: '"v2"' };
    await meet(
      whole,
      (exchange) => answerRange(exchange, other, { ignoresIfRange: true }),
      (exchange) => answerRange(exchange, other),
    );
    await leaveWhole(place.at('film'));
    expect((await download()).last).toMatchObject({ type: 'saved', resumedFromBytes: 0 });
    expect(asked()).toEqual([undefined, 'bytes=200000-', undefined]);
    expect(readFileSync(place.at('film')).equals(other.bytes)).toBe(true);
  });
});
