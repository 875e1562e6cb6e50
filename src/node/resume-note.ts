import type { WantedDigest } from '../transfers/download/running-digest.js';
import type { Validator } from '../transfers/download/validator.js';
import { safeFileName } from './safe-name.js';

/** What stands beside a part of a file, so that another process can go on with it. */
export interface ResumeNote {
  /** Of the resource: a hash, for a URL may hold secrets. */
  readonly identity: string;
  /** Who writes the part. */
  readonly pid: number;
  /** In which of its threads. */
  readonly thread: number;
  /** Tells this claim from every other. */
  readonly claim: string;
  /** What is known of the resource; `undefined` before its answer. */
  readonly standing: Standing | undefined;
}

/** What is known of the resource of which a part is there. */
export interface Standing {
  readonly validator: Validator;
  readonly totalBytes: number;
  readonly digests: readonly WantedDigest[];
  /** How many bytes of the part were flushed: what is behind them may be missing after a crash. */
  readonly flushedBytes: number;
  /** The server's name for it, where that was asked for: an answer with a part need not say it again. */
  readonly fileName?: string | undefined;
}

const VERSION = 1;

/** The text of a note. */
export function writtenNote({ identity, pid, thread, claim, standing }: ResumeNote): string {
  return JSON.stringify({
    version: VERSION,
    identity,
    pid,
    thread,
    claim,
    ...(standing && {
      validator: { field: standing.validator.field, value: standing.validator.value },
      totalBytes: standing.totalBytes,
      flushedBytes: standing.flushedBytes,
      fileName: standing.fileName,
      digests: standing.digests.map(({ algorithm, expected }) => [
        algorithm,
        Buffer.from(expected).toString('base64'),
      ]),
    }),
  });
}

/** Reads a note; `undefined` for what is none. Anybody may have written there. */
export function readNote(text: string): ResumeNote | undefined {
  try {
    const note = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const { version, identity, pid, thread = 0, claim } = note;
    if (version !== VERSION || typeof identity !== 'string' || typeof claim !== 'string')
      return undefined;
    if (!isCount(pid) || pid === 0 || !isCount(thread)) return undefined;
    return { identity, pid, thread, claim, standing: standingIn(note) };
  } catch {
    return undefined;
  }
}

function standingIn(note: Readonly<Record<string, unknown>>): Standing | undefined {
  const { validator, totalBytes, flushedBytes, digests, fileName } = note;
  if (typeof validator !== 'object' || validator === null || !Array.isArray(digests))
    return undefined;
  const { field, value } = validator as Readonly<Record<string, unknown>>;
  if ((field !== 'etag' && field !== 'last-modified') || typeof value !== 'string')
    return undefined;
  if (!isCount(totalBytes) || !isCount(flushedBytes) || flushedBytes > totalBytes) return undefined;
  return {
    validator: { field, value },
    totalBytes,
    flushedBytes,
    fileName:
      typeof fileName === 'string' && safeFileName(fileName) === fileName ? fileName : undefined,
    digests: digests.flatMap((pair: unknown) => {
      const [algorithm, text] = Array.isArray(pair) ? (pair as unknown[]) : [];
      return (algorithm === 'sha-256' || algorithm === 'sha-512') && typeof text === 'string'
        ? [{ algorithm, expected: new Uint8Array(Buffer.from(text, 'base64')) }]
        : [];
    }),
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
