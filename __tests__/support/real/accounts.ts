import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Who the real servers know. */
export const ADA = { user: 'ada', password: 'correct horse' } as const;
export const BOB = { user: 'bob', password: 'battery: staple' } as const;

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const sha1 = (text: string): string => createHash('sha1').update(text).digest('base64');

/** A file of users for Basic, as Apache and nginx read it. */
export function passwords(folder: string): string {
  return written(
    folder,
    'passwords',
    [ADA, BOB].map(({ user, password }) => `${user}:{SHA}${sha1(password)}`),
  );
}

/** A file of users for Basic, as Squid reads it. */
export function plainHashes(folder: string): string {
  return written(
    folder,
    'hashes',
    [ADA, BOB].map(({ user, password }) => `${user}:${md5(password)}`),
  );
}

/** A file of users for Digest in these realms. */
export function digests(folder: string, realms: readonly string[]): string {
  return written(
    folder,
    'digests',
    realms.flatMap((realm) =>
      [ADA, BOB].map(
        ({ user, password }) => `${user}:${realm}:${md5(`${user}:${realm}:${password}`)}`,
      ),
    ),
  );
}

function written(folder: string, name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o644 });
  return path;
}
