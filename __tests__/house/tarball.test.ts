import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { packed } from '../../scripts/pack.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const consumers = fileURLToPath(new URL('./consumers', import.meta.url));
const compilers = {
  'TypeScript 7': join(root, 'node_modules/@typescript/native/bin/tsc'),
  'TypeScript 6': join(root, 'node_modules/typescript/bin/tsc6'),
};
const { tarball } = packed();
const { exports: entries, peerDependenciesMeta: peers } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
) as { exports: object; peerDependenciesMeta: object };
const optional = Object.keys(peers);
const doors = Object.keys(entries)
  .filter((entry) => !entry.endsWith('.json'))
  .map((entry) => entry.replace(/^\./, 'coldwire'));
let folder = '';

/** An empty folder with the tarball installed by npm, and beside it the peers that this repository has. */
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'coldwire-tarball-')));
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true }');
  const install = [
    'install',
    '--offline',
    '--no-audit',
    '--no-fund',
    '--omit=peer',
    '--legacy-peer-deps',
  ];
  run('npm', ...install, tarball);
  for (const peer of ['axios', 'rxjs', '@types/node', 'undici-types']) link(peer);
}, 120_000);

function link(peer: string): void {
  mkdirSync(join(folder, 'node_modules', peer, '..'), { recursive: true });
  symlinkSync(join(root, 'node_modules', peer), join(folder, 'node_modules', peer));
}

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

function consumer(name: string): string {
  return readFileSync(join(consumers, name), 'utf8');
}

/** Writes a file into the consumer's folder and runs it there. */
function node(name: string, text: string): unknown {
  writeFileSync(join(folder, name), text);
  return JSON.parse(run(process.execPath, name));
}

describe('the packed tarball', () => {
  const exchanged = {
    found: { path: '/users/1' },
    failure: 'status 503',
    cancelled: true,
    testing: true,
    made: 'network',
  };

  it('brings both builds, their types, maps and the sources, and nothing else', () => {
    const installed = join(folder, 'node_modules/coldwire');
    const files = readdirSync(installed, { recursive: true }) as string[];
    const beside = files.filter((name) => !/^(dist|src)(\/|$)/.test(name));
    expect(beside.sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
    for (const name of ['dist/esm/index', 'dist/cjs/index', 'dist/esm/testing/index']) {
      for (const end of ['.js', '.js.map', '.d.ts', '.d.ts.map'])
        expect(files).toContain(name + end);
    }
    expect(files.filter((name) => /\.test\.|__tests__/.test(name))).toEqual([]);
  });

  it('has maps that lead to sources which are there', () => {
    const map = join(folder, 'node_modules/coldwire/dist/esm/index.js.map');
    const { sources } = JSON.parse(readFileSync(map, 'utf8')) as { sources: string[] };
    expect(sources.map((source) => existsSync(join(map, '..', source)))).toEqual([true]);
  });

  it('exchanges and cancels from an ES module', () => {
    expect(node('exchange.mjs', consumer('exchange.mjs'))).toEqual(exchanged);
  });

  it('exchanges and cancels from a CommonJS module', () => {
    const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
    const { outputText } = ts.transpileModule(consumer('exchange.mjs'), {
      compilerOptions: options,
      fileName: 'exchange.ts',
    });
    expect(outputText).toContain('require("coldwire")');
    expect(node('exchange.cjs', outputText)).toEqual(exchanged);
  });

  it('has two copies that agree on the errors of each other', () => {
    expect(node('copies.mjs', consumer('copies.mjs'))).toEqual({
      distinct: true,
      esmKnowsCjs: true,
      cjsKnowsEsm: true,
      othersAreNot: true,
      sameNames: true,
    });
  });

  const ways = {
    'nodenext, ES module': {
      file: 'service.mts',
      module: 'nodenext',
      moduleResolution: 'nodenext',
    },
    'nodenext, CommonJS': { file: 'service.cts', module: 'nodenext', moduleResolution: 'nodenext' },
    bundler: { file: 'service.ts', module: 'esnext', moduleResolution: 'bundler' },
  };
  const cases = Object.entries(compilers).flatMap(([compiler, path]) =>
    Object.entries(ways).map(([way, options]) => ({ compiler, path, way, ...options })),
  );

  it.each(cases)('compiles under $compiler, strict, as $way', ({ path, ...options }) => {
    compile(path, consumer('service.ts'), options);
  });

  it('keeps its main doors working where no optional peer is installed', () => {
    expect(existsSync(join(folder, 'node_modules', optional[0] ?? ''))).toBe(false);
    const names = `Object.keys(await import('coldwire/streams')).length > 5`;
    expect(node('alone.mjs', `console.log(${names})`)).toBe(true);
  });

  describe('with the optional peers beside it', () => {
    beforeAll(() => {
      for (const peer of optional) link(peer);
    });

    it.each(doors)('opens %s alike from an ES module and from a CommonJS one', (door) => {
      const shown = 'console.log(JSON.stringify(Object.keys(door).sort()))';
      const esm = node('door.mjs', `import * as door from '${door}'; ${shown}`);
      const cjs = node(
        'door.cjs',
        `process.removeAllListeners('warning'); const door = require('${door}'); ${shown}`,
      );
      expect([esm, (esm as string[]).length > 0]).toEqual([cjs, true]);
    });

    it.each(cases)('has types at every door under $compiler as $way', ({ path, ...options }) => {
      const lines = doors.map((door, at) => `export * as door${String(at)} from '${door}';`);
      compile(path, lines.join('\n'), options);
    });
  });

  function compile(
    path: string,
    text: string,
    { file, module, moduleResolution }: (typeof ways)[keyof typeof ways],
  ): void {
    writeFileSync(join(folder, file), text);
    const config = {
      compilerOptions: {
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
        target: 'es2022',
        lib: ['es2022', 'dom', 'dom.iterable', 'dom.asynciterable'],
        types: ['node'],
        module,
        moduleResolution,
      },
      files: [file],
    };
    const name = `tsconfig.${file}.json`;
    writeFileSync(join(folder, name), JSON.stringify(config));
    run(process.execPath, path, '-p', name);
  }
});
