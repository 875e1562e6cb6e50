// Compiles src twice, dist/esm and dist/cjs, each with its types and source maps; and joins the modules of dist/esm to a
// few for Node, in dist/node: there each of hundreds of files costs time at every start, and nothing shakes a tree.
// `node scripts/build.js [folder]` builds into another folder's dist (it has src and package.json of its own).
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = join(root, 'node_modules/@typescript/native/bin/tsc');

/** Builds the package that lies in `folder`; throws with the compiler's words when it does not compile. */
export function build(folder = root) {
  const dist = join(folder, 'dist');
  rmSync(dist, { recursive: true, force: true });
  for (const format of ['esm', 'cjs']) {
    const config = join(folder, `tsconfig.${format}.json`);
    run(`${format} build`, compiler, '-p', config);
  }
  writeFileSync(join(dist, 'cjs/package.json'), marker(folder));
  run('join', join(root, 'scripts/join.js'), folder);
}

function run(what, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The ${what} failed:\n${stdout}${stderr}`);
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
