import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { TaskRequest } from '../http/request.js';
import { DigestCheck, type WantedDigest } from '../transfers/download/running-digest.js';
import { type Disk, errnoOf } from './disk.js';
import { fileError, fileRefusal } from './file-error.js';
import { flushFolder, moveIntoPlace, quietly } from './move-into-place.js';
import { nodeDigest } from './node-digest.js';
import { type Intent, type NoteClaim, claimNote } from './note-claim.js';
import { openPart } from './part-opening.js';
import type { Standing } from './resume-note.js';

/** What is known of the resource while its bytes are written. */
export type Resumable = Omit<Standing, 'flushedBytes'>;

/** How many bytes are written before what is there is flushed and noted: what a crash may cost. */
const FLUSHED_EVERY_BYTES = 4 << 20;
const READ_BYTES = 1 << 20;

/**
 * The file beside the target that a download is written to. Everything that the disk says no to is a `file` error.
 * One thing at a time: whoever holds it waits for each of its promises.
 */
export class PartFile {
  readonly path: string;
  /** What an earlier download left, to go on from; its bytes are in the file. */
  readonly left: Standing | undefined;
  readonly #disk: Disk;
  readonly #request: TaskRequest;
  readonly #note: NoteClaim | undefined;
  readonly #handle: FileHandle;
  #position: number;
  #flushed: number;
  #closed = false;

  private constructor(
    disk: Disk,
    request: TaskRequest,
    path: string,
    handle: FileHandle,
    note: NoteClaim | undefined,
    left: Standing | undefined,
  ) {
    this.#disk = disk;
    this.#request = request;
    this.path = path;
    this.#handle = handle;
    this.#note = note;
    this.left = left;
    this.#position = left?.flushedBytes ?? 0;
    this.#flushed = this.#position;
  }

  /**
   * Opens `base.part`, with what an earlier download of the same `identity` left there; another name where nothing is to
   * be kept (`identity` is `undefined`), somebody else writes that part, or it is a file that no download has left.
   */
  static async open(
    disk: Disk,
    request: TaskRequest,
    base: string,
    identity: string | undefined,
    intent: Intent,
  ): Promise<PartFile> {
    const kept = `${base}.part`;
    let path = kept;
    try {
      const note =
        identity === undefined
          ? undefined
          : await claimNote(disk, `${kept}.json`, identity, intent);
      try {
        if (note !== undefined) {
          const { handle, left } = await openPart(disk, path, note);
          return new PartFile(disk, request, path, handle, note, left);
        }
      } catch (cause) {
        // What an earlier download left is for a later one, when this one cannot have it.
        if (note?.left !== undefined) note.release();
        else await quietly(() => note?.remove());
        if (errnoOf(cause) !== 'EEXIST') throw cause;
      }
      path = `${base}.${randomBytes(6).toString('hex')}.part`;
      const { handle } = await openPart(disk, path, undefined);
      return new PartFile(disk, request, path, handle, undefined, undefined);
    } catch (cause) {
      throw fileError(request, 'open', cause, path);
    }
  }

  /** Bytes in the file. */
  get position(): number {
    return this.#position;
  }

  async write(chunks: readonly Uint8Array[]): Promise<void> {
    await this.#do('write', async () => {
      let rest = chunks;
      while (rest.length > 0) {
        const { bytesWritten } = await this.#handle.writev(rest as Uint8Array[], this.#position);
        this.#position += bytesWritten;
        rest = behind(rest, bytesWritten);
      }
    });
  }

  /** Begins anew. The note is emptied first: it must never speak of bytes that are others by then. */
  async restart(): Promise<void> {
    if (this.#flushed > 0) await this.#do('write', () => this.#note?.write(undefined));
    await this.#do('write', () => this.#handle.truncate(0));
    this.#position = 0;
    this.#flushed = 0;
  }

  /** Flushes and notes at times how far it is. */
  async checkpoint(resumable: Resumable | undefined): Promise<void> {
    if (resumable === undefined || this.#note === undefined) return;
    if (this.#position - this.#flushed < FLUSHED_EVERY_BYTES) return;
    await this.#noteDown(resumable);
  }

  /** The first digest that the bytes in the file do not come to. */
  async mismatch(wanted: readonly WantedDigest[]): Promise<string | undefined> {
    return this.#do('read', async () => {
      const check = new DigestCheck(wanted, nodeDigest);
      const buffer = Buffer.allocUnsafe(READ_BYTES);
      for (let at = 0; at < this.#position;) {
        const { bytesRead } = await this.#handle.read(buffer, 0, READ_BYTES, at);
        if (bytesRead === 0) break;
        check.update(buffer.subarray(0, bytesRead));
        at += bytesRead;
      }
      return check.mismatch();
    });
  }

  /** Makes it the target, whole and flushed, at once. @throws TaskError `file` with both paths; the part is still there */
  async moveTo(target: string, overwrite: boolean): Promise<void> {
    await this.#do('flush', () => this.#handle.sync());
    this.#flushed = this.#position;
    // Some systems move no file that is open.
    await this.#close();
    const { size } = await this.#do('look at', () => this.#disk.lstat(this.path));
    if (size !== this.#position)
      throw fileRefusal(
        this.#request,
        'ESTALE',
        'the part is not the file that was written any more',
        this.path,
      );
    try {
      await moveIntoPlace(this.#disk, this.path, target, overwrite);
    } catch (cause) {
      throw fileError(this.#request, 'move', cause, this.path, target);
    }
    // From here on it is there, whatever else fails.
    await quietly(() => flushFolder(this.#disk, target));
    await quietly(() => this.#note?.remove());
  }

  /** Ends: keeps the part for another download where it can go on, and removes it where not. Never throws. */
  async leave(resumable: Resumable | undefined): Promise<void> {
    let kept = false;
    if (resumable !== undefined && this.#note !== undefined && this.#position > 0) {
      kept = this.#flushed > 0;
      await quietly(async () => {
        await this.#noteDown(resumable);
        kept = true;
      });
    }
    await this.#close();
    if (kept) this.#note?.release();
    else {
      await quietly(() => this.#disk.unlink(this.path));
      await quietly(() => this.#note?.remove());
    }
  }

  async #noteDown(resumable: Resumable): Promise<void> {
    if (!this.#closed) await this.#do('flush', () => this.#handle.datasync());
    const flushedBytes = this.#position;
    const standing = { ...resumable, flushedBytes };
    await this.#do('write', () => this.#note?.write(standing));
    this.#flushed = flushedBytes;
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await quietly(() => this.#handle.close());
  }

  async #do<T>(doing: string, step: () => Promise<T> | undefined): Promise<T> {
    try {
      return (await step()) as T;
    } catch (cause) {
      throw fileError(this.#request, doing, cause, this.path);
    }
  }
}

/** What of the chunks is behind so many bytes. */
function behind(chunks: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let left = bytes;
  let at = 0;
  for (; at < chunks.length && left >= (chunks[at]?.byteLength ?? 0); at++)
    left -= chunks[at]?.byteLength ?? 0;
  const [first, ...others] = chunks.slice(at);
  return first === undefined ? [] : [first.subarray(left), ...others];
}
