import type { FileHandle } from 'node:fs/promises';
import { type Disk, nodeDisk } from '../../src/node/disk.js';

/** What the system says with this word. */
export const errno = (code: string): Error =>
  Object.assign(new Error(`${code}: as the test wants it`), { code });

/** The real disk, but for these. */
export const diskWith = (changes: Partial<Disk>): Disk => ({ ...nodeDisk, ...changes });

/** The real disk, with handles whose methods of these names are replaced. */
export function diskWithHandles(
  changes: (real: FileHandle) => Partial<Record<keyof FileHandle, unknown>>,
): Disk {
  return diskWith({
    open: (async (...args: Parameters<typeof nodeDisk.open>) => {
      const real = await nodeDisk.open(...args);
      const changed = changes(real);
      return new Proxy(real, {
        get: (_target, name) => {
          const own = changed[name as keyof FileHandle];
          if (own !== undefined) return own;
          const value = real[name as keyof FileHandle] as unknown;
          return typeof value === 'function' ? (value.bind(real) as unknown) : value;
        },
      });
    }) as typeof nodeDisk.open,
  });
}
