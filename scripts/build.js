// Compiles src twice, dist/esm and dist/cjs, each with its types and source maps; and joins the modules of dist/esm to a
// few for Node, in dist/node: there each of hundreds of files costs time at every start, and nothing shakes a tree.
// `node scripts/build.js [folder]` builds into another folder's dist (it has src and package.json of its own).
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = join(root, 'node_modules/@typescript/native/bin/tsc');

/** Builds the package that lies in `folder`; throws with the compiler's words when it does not compile. */
export function build(folder = root) {
  const dist = join(folder, 'dist');
  rmSync(dist, { recursive: true, force: true });
  for (const format of ['esm', 'cjs']) {
    const config = join(folder, `tsconfig.${format}.json`);
    const run = spawnSync(process.execPath, [compiler, '-p', config], { encoding: 'utf8' });
    if (run.status !== 0)
      throw new Error(`The ${format} build failed:\n${run.stdout}${run.stderr}`);
  }
  writeFileSync(join(dist, 'cjs/package.json'), marker(folder));
  joinForNode(folder);
}

function joinForNode(folder) {
  const { exports, peerDependencies, dependencies } = manifestOf(folder);
  const doors = Object.values(exports).flatMap((door) => door.import?.default ?? []);
  buildSync({
    absWorkingDir: folder,
    entryPoints: doors,
    outbase: 'dist/esm',
    outdir: 'dist/node',
    chunkNames: 'shared-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    conditions: ['node'],
    external: Object.keys({ ...peerDependencies, ...dependencies }),
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'error',
  });
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** Node looks for `type` and `imports`, bundlers for `sideEffects`, in the nearest package.json. */
function marker(folder) {
  const { imports, sideEffects } = manifestOf(folder);
  const moved = imports && JSON.stringify(imports).replaceAll('./dist/esm/', './');
  const content = { type: 'commonjs', sideEffects, ...(moved && { imports: JSON.parse(moved) }) };
  return `${JSON.stringify(content, null, 2)}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    build(process.argv[2] && resolve(process.argv[2]));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
