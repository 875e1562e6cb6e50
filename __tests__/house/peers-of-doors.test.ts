import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';

const { exports: entries, peerDependenciesMeta } = JSON.parse(
  readFileSync('package.json', 'utf8'),
) as { exports: object; peerDependenciesMeta: object };
const optional = Object.keys(peerDependenciesMeta);
const doors = Object.keys(entries)
  .filter((entry) => !entry.endsWith('.json'))
  .map((entry) => entry.replace(/^\.\/?/, ''));

/** The optional peers that a door imports, when it is opened or later. */
async function peersOf(door: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [`src/${door === '' ? '' : `${door}/`}index.ts`],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    alias: { '#platform': './src/axios/platform-node.ts' },
    tsconfigRaw: {},
  });
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports);
  return optional
    .filter((peer) => imported.some(({ path }) => path === peer || path.startsWith(`${peer}/`)))
    .sort();
}

describe('the README', () => {
  const rows = readFileSync('README.md', 'utf8').split('\n');

  it.each(doors)(
    'names the packages that stand beside coldwire/%s, and no others',
    async (door) => {
      const row = rows.find((line) => line.startsWith(`| \`coldwire/${door}\``)) ?? '';
      const named = optional.filter((peer) => row.includes(`\`${peer}\``)).sort();
      expect(named).toEqual(await peersOf(door));
    },
  );
});
