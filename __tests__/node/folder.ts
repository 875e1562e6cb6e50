import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of a test's own. */
export interface Folder {
  readonly path: string;
  at(name: string): string;
  /** What is in it, sorted. */
  names(): string[];
  /** Once this is so; files change behind the back of whoever has unsubscribed. */
  until(condition: (names: string[]) => boolean): Promise<void>;
  remove(): void;
}

export function folder(path: string = mkdtempSync(join(tmpdir(), 'coldwire-'))): Folder {
  const names = (): string[] => readdirSync(path).sort();
  return {
    path,
    at: (name) => join(path, name),
    names,
    until: async (condition) => {
      while (!condition(names())) await new Promise(setImmediate);
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** A file system in memory with these options, mounted for a test; `undefined` where this machine allows none. */
export function mounted(options: string): (Folder & { readonly unmount: () => void }) | undefined {
  const place = folder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', place.path], { stdio: 'ignore' });
  } catch {
    place.remove();
    return undefined;
  }
  return {
    ...place,
    unmount: () => {
      execFileSync('umount', [place.path]);
      place.remove();
    },
  };
}
