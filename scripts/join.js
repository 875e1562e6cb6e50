// Joins the modules of dist/esm for Node, in dist/node: whatever the main door stands on in one file, core.js, and each
// other door in a file beside it that takes from there what is in it, so that there is one copy of everything.
// Each file costs more at a start than the code in it, and nothing shakes a tree there.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const CORE = 'coldwire:core';

/** Joins what was built in `folder`. */
async function joined(folder) {
  const { exports, peerDependencies, dependencies } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const doors = Object.values(exports).flatMap((door) => door.import?.default ?? []);
  const outdir = join(folder, 'dist/node');
  const options = {
    absWorkingDir: folder,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    conditions: ['node'],
    external: Object.keys({ ...peerDependencies, ...dependencies }),
    sourcemap: true,
    sourcesContent: false,
    // The tsconfig's paths lead to src, for the tests: two copies of everything.
    tsconfigRaw: {},
    logLevel: 'error',
  };
  const { metafile } = await build({
    ...options,
    entryPoints: [exports['.'].import.default],
    write: false,
    metafile: true,
  });
  const held = new Map();
  for (const [at, path] of Object.keys(metafile.inputs).entries()) {
    const file = resolve(folder, path);
    const names = Object.keys(await import(pathToFileURL(file).href));
    // Several modules may use one name for different things.
    held.set(
      file,
      names.map((name) => ({ name, inCore: `${name}$${at}` })),
    );
  }

  const lines = [...held].map(([file, names]) => reExport(names, file, 'name', 'inCore'));
  await build({
    ...options,
    stdin: { contents: lines.join('\n'), resolveDir: folder },
    outfile: join(outdir, 'core.js'),
  });

  await build({
    ...options,
    entryPoints: doors,
    outbase: 'dist/esm',
    outdir,
    splitting: true,
    chunkNames: 'shared-[hash]',
    plugins: [fromCore(held)],
  });
  for (const name of readdirSync(outdir, { recursive: true })) {
    if (!name.endsWith('.js')) continue;
    const file = join(outdir, name);
    const core = relative(dirname(file), join(outdir, 'core.js')).replaceAll('\\', '/');
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      text.replaceAll(`"${CORE}"`, `"${core.startsWith('.') ? core : `./${core}`}"`),
    );
  }
}

const reExport = (names, from, here, there) =>
  `export { ${names.map((one) => `${one[here]} as ${one[there]}`).join(', ')} } from ${JSON.stringify(from)};`;

/** Modules that are in the core are taken from there. */
const fromCore = (held) => ({
  name: 'from core',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: new RegExp(`^${CORE}$`) }, () => ({ path: CORE, external: true }));
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      const names = held.get(path);
      return names && { contents: reExport(names, CORE, 'inCore', 'name') };
    });
  },
});

await joined(resolve(process.argv[2]));
