import { randomBytes } from 'node:crypto';
import { threadId } from 'node:worker_threads';
import { type Disk, errnoOf } from './disk.js';
import { WITHOUT_LINKS, quietly } from './move-into-place.js';
import { type ResumeNote, type Standing, readNote, writtenNote } from './resume-note.js';

/** The note beside a part, while this download is the one that writes both. */
export interface NoteClaim {
  /** What the last one left. */
  readonly left: Standing | undefined;
  /** Whether somebody left a note: then the part is his too. */
  readonly isTakenOver: boolean;
  /** Says how far the part is; `undefined` that nothing of it counts. */
  write(standing: Standing | undefined): Promise<void>;
  /** Lets others have it, as it stands. */
  release(): void;
  /** Takes it away. */
  remove(): Promise<void>;
}

/** What a download is about to do: another one of this process waits for one that is about to leave. */
export interface Intent {
  leaving: boolean;
}

/** A note that a download of this process holds. */
interface Holding {
  readonly claim: string;
  readonly intent: Intent;
  readonly released: Promise<void>;
  readonly release: () => void;
}

const HELD = new Map<string, Holding>();

/**
 * Claims the note beside a part, so that no two downloads write one part. `undefined` when somebody else writes it, in
 * this process or in another one that lives, or when the file system knows no links.
 */
export async function claimNote(
  disk: Disk,
  path: string,
  identity: string,
  intent: Intent,
): Promise<NoteClaim | undefined> {
  for (let other = HELD.get(path); other !== undefined; other = HELD.get(path)) {
    if (!other.intent.leaving) return undefined;
    await other.released;
  }
  const claim = randomBytes(8).toString('hex');
  const holding = held(path, claim, intent);
  try {
    const left = await takenOver(disk, path, claim);
    if (left !== 'held') {
      // What is known is taken along at once: this process may be killed before it knows more.
      const standing = left !== 'none' && left?.identity === identity ? left.standing : undefined;
      const note: ResumeNote = { identity, pid: process.pid, thread: threadId, claim, standing };
      if (await putFirst(disk, path, note))
        return new HeldNote(disk, path, note, holding, left !== 'none');
    }
    holding.release();
    return undefined;
  } catch (cause) {
    holding.release();
    throw cause;
  }
}

function held(path: string, claim: string, intent: Intent): Holding {
  let settle: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const release = (): void => {
    HELD.delete(path);
    settle();
  };
  const holding = { claim, intent, released, release };
  HELD.set(path, holding);
  return holding;
}

class HeldNote implements NoteClaim {
  readonly left: Standing | undefined;
  readonly isTakenOver: boolean;
  readonly #disk: Disk;
  readonly #path: string;
  readonly #note: ResumeNote;
  readonly #holding: Holding;

  constructor(disk: Disk, path: string, note: ResumeNote, holding: Holding, isTakenOver: boolean) {
    this.left = note.standing;
    this.isTakenOver = isTakenOver;
    this.#disk = disk;
    this.#path = path;
    this.#note = note;
    this.#holding = holding;
  }

  /** By a move: a reader sees the old note or the new one. */
  async write(standing: Standing | undefined): Promise<void> {
    const fresh = `${this.#path}.${this.#note.claim}`;
    try {
      await this.#disk.writeFile(fresh, writtenNote({ ...this.#note, standing }));
      await this.#disk.rename(fresh, this.#path);
    } catch (cause) {
      await quietly(() => this.#disk.unlink(fresh));
      throw cause;
    }
  }

  release(): void {
    this.#holding.release();
  }

  async remove(): Promise<void> {
    try {
      await this.#disk.unlink(this.#path);
    } finally {
      this.release();
    }
  }
}

/** Takes a note away that nobody holds any more: what it said, that there is none, or that somebody holds it. */
async function takenOver(
  disk: Disk,
  path: string,
  claim: string,
): Promise<ResumeNote | undefined | 'none' | 'held'> {
  const found = await noteAt(disk, path);
  if (found === 'none') return 'none';
  if (found !== undefined && isHeld(found)) return 'held';
  const aside = `${path}.${claim}`;
  try {
    // Of two that try, one finds it gone.
    await disk.rename(path, aside);
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return 'held';
    throw cause;
  }
  const moved = await noteAt(disk, aside);
  if (moved !== 'none' && moved?.claim !== found?.claim) {
    // It was another one by then: back to where it was.
    await disk.rename(aside, path);
    return 'held';
  }
  await disk.unlink(aside);
  return found;
}

/** Puts the first note, whole at once, where there is none. */
async function putFirst(disk: Disk, path: string, note: ResumeNote): Promise<boolean> {
  const fresh = `${path}.${note.claim}`;
  try {
    await disk.writeFile(fresh, writtenNote(note));
    await disk.link(fresh, path);
    return true;
  } catch (cause) {
    if (['EEXIST', ...WITHOUT_LINKS].includes(errnoOf(cause))) return false;
    throw cause;
  } finally {
    await quietly(() => disk.unlink(fresh));
  }
}

async function noteAt(disk: Disk, path: string): Promise<ResumeNote | undefined | 'none'> {
  try {
    return readNote(Buffer.from(await disk.readFile(path)).toString());
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return 'none';
    throw cause;
  }
}

/** Whether who wrote a note may still write its part: another path, a link to the folder say, may lead to the same one. */
function isHeld({ pid, thread, claim }: ResumeNote): boolean {
  if (pid !== process.pid) return isAlive(pid);
  return thread !== threadId || [...HELD.values()].some((holding) => holding.claim === claim);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (cause) {
    return errnoOf(cause) !== 'ESRCH';
  }
}
