import { link, lstat, open, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';

/** What is asked of the file system, so that a test can say no in its place. */
export interface Disk {
  readonly link: typeof link;
  /** Of the name itself, where it is a symbolic link. */
  readonly lstat: (
    path: string,
  ) => Promise<{ isFile(): boolean; readonly size: number; readonly nlink: number }>;
  readonly open: typeof open;
  readonly readFile: (path: string) => Promise<Uint8Array>;
  readonly rename: typeof rename;
  readonly stat: (path: string) => Promise<{ isDirectory(): boolean }>;
  readonly unlink: typeof unlink;
  readonly writeFile: (path: string, text: string) => Promise<void>;
}

/** The file system of the machine. */
export const nodeDisk: Disk = { link, lstat, open, readFile, rename, stat, unlink, writeFile };

/** The system's word for what went wrong: `ENOSPC`, `EACCES`. */
export function errnoOf(cause: unknown): string {
  const code: unknown =
    typeof cause === 'object' && cause !== null ? (cause as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : 'UNKNOWN';
}
