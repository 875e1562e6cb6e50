import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  readonly sideEffects: boolean;
  readonly dependencies?: object;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional: boolean }>>;
  readonly engines: { readonly node: string };
};

describe('the package', () => {
  it('is clean to publint and to "are the types wrong", as it is packed', () => {
    const args = ['scripts/check.js', 'package'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: root,
      encoding: 'utf8',
    });
    expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' });
  });

  it('brings nothing along: axios and rxjs are the peers that everybody needs', () => {
    const { peerDependencies, peerDependenciesMeta = {} } = manifest;
    const needed = Object.keys(peerDependencies).filter(
      (name) => !peerDependenciesMeta[name]?.optional,
    );
    expect(manifest.dependencies).toBeUndefined();
    expect(needed).toEqual(['axios', 'rxjs']);
    expect(manifest.sideEffects).toBe(false);
    expect(manifest.engines.node).toBe('>=20.19.0');
  });

  it('is tested with the oldest peers that it admits', () => {
    for (const peer of ['axios', 'rxjs']) {
      const file = `${root}node_modules/${peer}-floor/package.json`;
      const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
      expect(manifest.peerDependencies[peer]).toBe(`^${version}`);
    }
  });
});
