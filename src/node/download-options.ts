import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invalid } from '../http/invalid-input.js';
import { checkOptionNames, ownOptions } from '../http/option-checks.js';
import {
  type ResumeOptions,
  checkedResumeRules,
  ownResumeOptions,
} from '../transfers/download/resume-options.js';
import type { WantedDigest } from '../transfers/download/running-digest.js';
import { safeFileName } from './safe-name.js';

/** Where a download goes: a path, or a directory in which the server's name is taken. */
export type DownloadTarget =
  | string
  | URL
  | {
      /** It exists. The name is that of `Content-Disposition`, else the last part of the URL, made safe. */
      readonly directory: string | URL;
      /** The name where the server gives none that can be used. Default `download`. */
      readonly fallbackName?: string;
    };

/** How a download that breaks off goes on, in this process and in the next. */
export interface FileResumeOptions extends ResumeOptions {
  /** What stands for the resource instead of its URL, when that holds a signature that changes. */
  readonly identity?: string;
}

/** How a download is written to a file. Everything has a default. */
export interface DownloadToFileOptions {
  /**
   * Whether it goes on where it broke off, in this process and in the next one; `false` begins anew and keeps nothing.
   * Default `true` for what can be resumed: GET requests for the whole.
   */
  readonly resume?: boolean | FileResumeOptions;
  /** Whether a file that is there is replaced. Default `false`: it is a `file` error with the code `FILE_EEXIST`. */
  readonly overwrite?: boolean;
  /** What the bytes must come to, in hexadecimal digits or base64. Other bytes are a `decode` error and are not kept. */
  readonly checksum?: { readonly 'sha-256'?: string; readonly 'sha-512'?: string };
}

/** The options with their defaults. */
export interface CheckedDownload {
  readonly directory: string | undefined;
  /** The path of the target; in a directory only the server knows it. */
  readonly path: string | undefined;
  readonly fallbackName: string;
  readonly resume: FileResumeOptions | undefined;
  /** Whether the caller asked for it. */
  readonly resumeAsked: boolean;
  readonly rules: ReturnType<typeof checkedResumeRules>;
  readonly overwrite: boolean;
  readonly checksums: readonly WantedDigest[];
}

const WHERE = 'downloadToFile';

/** @throws InvalidInput that names what is wrong */
export function checkedDownload(
  target: DownloadTarget,
  given: DownloadToFileOptions,
): CheckedDownload {
  if (typeof given !== 'object' || (given as unknown) === null)
    throw invalid(WHERE, 'an object with options', given);
  checkOptionNames(WHERE, given, ['resume', 'overwrite', 'checksum']);
  const { resume = true, overwrite = false, checksum = {} } = ownOptions(given);
  if (typeof overwrite !== 'boolean')
    throw invalid(`${WHERE}.overwrite`, 'true or false', overwrite);
  const wanted = resumeOptions(resume);
  return {
    ...checkedTarget(target),
    resume: wanted,
    resumeAsked: given.resume !== undefined && given.resume !== false,
    rules: checkedResumeRules(`${WHERE}.resume`, wanted ?? { maxAttempts: 1 }),
    overwrite,
    checksums: checkedSums(checksum),
  };
}

function resumeOptions(resume: boolean | FileResumeOptions): FileResumeOptions | undefined {
  if (resume === false) return undefined;
  if (resume === true) return {};
  if (typeof resume !== 'object' || (resume as unknown) === null)
    throw invalid(`${WHERE}.resume`, 'true, false, or options', resume);
  const { identity, ...options } = resume;
  if (identity !== undefined && (typeof identity !== 'string' || identity === ''))
    throw invalid(`${WHERE}.resume.identity`, 'a text that is not empty', identity);
  const own = ownResumeOptions(`${WHERE}.resume`, options);
  return identity === undefined ? own : { ...own, identity };
}

function checkedTarget(
  target: DownloadTarget,
): Pick<CheckedDownload, 'directory' | 'path' | 'fallbackName'> {
  if (typeof target === 'string' || target instanceof URL)
    return {
      path: checkedPath('target', target),
      directory: undefined,
      fallbackName: 'download',
    };
  if (typeof target !== 'object' || (target as unknown) === null)
    throw invalid(`${WHERE}.target`, 'a path, or { directory }', target);
  checkOptionNames(`${WHERE}.target`, target, ['directory', 'fallbackName']);
  const { directory, fallbackName = 'download' } = ownOptions(target);
  if (typeof fallbackName !== 'string' || safeFileName(fallbackName) !== fallbackName)
    throw invalid(`${WHERE}.target.fallbackName`, 'a name of a file, without a path', fallbackName);
  return { path: undefined, directory: checkedPath('target.directory', directory), fallbackName };
}

function checkedPath(field: string, path: unknown): string {
  const wanted = 'a path that is not empty and has no NUL, or a file: URL';
  if (path instanceof URL) {
    if (path.protocol !== 'file:') throw invalid(`${WHERE}.${field}`, wanted, path.protocol);
    return fileURLToPath(path);
  }
  if (typeof path !== 'string' || path === '' || path.includes('\0'))
    throw invalid(`${WHERE}.${field}`, wanted, path);
  return resolve(path);
}

function checkedSums(
  sums: NonNullable<DownloadToFileOptions['checksum']>,
): readonly WantedDigest[] {
  if (typeof sums !== 'object' || (sums as unknown) === null)
    throw invalid(`${WHERE}.checksum`, "{ 'sha-256': … }", sums);
  checkOptionNames(`${WHERE}.checksum`, sums, ['sha-256', 'sha-512']);
  return (['sha-256', 'sha-512'] as const).flatMap((algorithm) => {
    const text: unknown = ownOptions(sums)[algorithm];
    if (text === undefined) return [];
    const bytes = algorithm === 'sha-256' ? 32 : 64;
    const expected = typeof text === 'string' ? sumBytes(text, bytes) : undefined;
    if (expected === undefined)
      throw invalid(
        `${WHERE}.checksum.${algorithm}`,
        `${String(bytes * 2)} hexadecimal digits, or base64`,
        text,
      );
    return [{ algorithm, expected }];
  });
}

function sumBytes(text: string, bytes: number): Uint8Array | undefined {
  const isHex = text.length === bytes * 2 && /^[0-9a-f]+$/i.test(text);
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(text);
  const read = isHex ? Buffer.from(text, 'hex') : Buffer.from(isBase64 ? text : '', 'base64');
  return read.byteLength === bytes ? new Uint8Array(read) : undefined;
}
