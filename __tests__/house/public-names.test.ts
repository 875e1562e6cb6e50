import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { entries, exportsOf, globalNames, typesOf } from '../../scripts/public-names.js';
import angular from './fixtures/angular-common-http.json' with { type: 'json' };

const require = createRequire(import.meta.url);
const doors = Object.keys(entries);
const ours = new Map(doors.map((door) => [door, namesOf(typesOf(door))]));

function namesOf(types: string): string[] {
  return exportsOf(types).map(({ name }) => name);
}

/** The .d.ts of a package's entry point, by the `exports` of its package.json. */
function typesIn(name: string, door: string): string {
  const folder = dirname(require.resolve(`${name}/package.json`));
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    exports: Record<string, { types: string | { default: string } }>;
  };
  const types = manifest.exports[door]?.types;
  if (types === undefined) throw new Error(`${name} has no ${door}`);
  return join(folder, typeof types === 'string' ? types : types.default);
}

const rxjsDoors = ['.', './operators', './ajax', './fetch', './testing', './webSocket'];
const neighbours: Record<string, () => string[]> = {
  rxjs: () => rxjsDoors.flatMap((door) => namesOf(typesIn('rxjs', door))),
  axios: () => namesOf(typesIn('axios', '.')),
  [`${angular.package} ${angular.version}`]: () => angular.names,
  'the global scope': () => [
    ...globalNames(typesOf('.')),
    ...Object.getOwnPropertyNames(globalThis),
  ],
};

describe('C14: public names', () => {
  it('are there to be compared, ours and those of the neighbours', () => {
    expect(ours.get('.')).toContain('createClient');
    expect(ours.get('./testing')).not.toEqual([]);
    expect(neighbours['rxjs']?.()).toEqual(
      expect.arrayContaining(['retry', 'TimeoutError', 'ajax']),
    );
    expect(neighbours['axios']?.()).toEqual(expect.arrayContaining(['AxiosError', 'isCancel']));
    expect(angular.names).toContain('HttpClient');
    expect(neighbours['the global scope']?.()).toEqual(
      expect.arrayContaining(['Request', 'AbortSignal', 'RequestInit', 'Buffer']),
    );
  });

  it.each(Object.entries(neighbours))('are not names of %s', (_neighbour, names) => {
    const theirs = new Set(names());
    const clashes = [...ours].flatMap(([door, list]) =>
      list.filter((name) => theirs.has(name)).map((name) => `${door}: ${name}`),
    );
    expect(clashes).toEqual([]);
  });

  it.each(doors)('have a docstring each, in %s', (door) => {
    const bare = exportsOf(typesOf(door)).filter(({ doc }) => doc === '');
    expect(bare.map(({ name }) => name)).toEqual([]);
  });
});
