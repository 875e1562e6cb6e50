// Packs the package as a user gets it: built afresh from the sources, `npm pack`ed and unpacked again.
// What is there for the same sources is used again, so several tests may ask for it at once.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from './build.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const shelf = join(root, '.cache/packed');
const configs = ['tsconfig.json', 'tsconfig.esm.json', 'tsconfig.cjs.json'];
const shipped = ['package.json', 'src', 'README.md', 'LICENSE', 'CHANGELOG.md'];

/** The packed package: the tarball, and the folder that it unpacks to. */
export function packed() {
  const place = join(shelf, fingerprint());
  if (!existsSync(place)) {
    mkdirSync(shelf, { recursive: true });
    const work = mkdtempSync(join(shelf, 'work-'));
    try {
      pack(work);
      renameSync(join(work, 'result'), place);
    } catch (error) {
      // Somebody else was faster with the same sources.
      if (!existsSync(place)) throw error;
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
    forgetOlder(place);
  }
  return { tarball: join(place, 'coldwire.tgz'), folder: join(place, 'package') };
}

function pack(work) {
  const source = join(work, 'source');
  const result = join(work, 'result');
  mkdirSync(source);
  mkdirSync(result);
  for (const name of [...configs, ...shipped]) {
    const from = join(root, name);
    if (existsSync(from)) cpSync(from, join(source, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(source, 'node_modules'));
  build(source);
  run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', result], source);
  const [tarball] = readdirSync(result);
  renameSync(join(result, tarball), join(result, 'coldwire.tgz'));
  run('tar', ['-xzf', 'coldwire.tgz'], result);
}

function run(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`);
}

function fingerprint() {
  const hash = createHash('sha256');
  const files = [...configs, ...shipped, 'scripts/build.js'].flatMap(filesOf);
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 16);
}

function filesOf(name) {
  const path = join(root, name);
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [name];
  return readdirSync(path)
    .sort()
    .flatMap((entry) => filesOf(join(name, entry)));
}

/** Keeps the few newest: others may still read the one before. */
function forgetOlder(newest) {
  const age = (place) => statSync(place).mtimeMs;
  const places = readdirSync(shelf)
    .filter((name) => !name.startsWith('work-'))
    .map((name) => join(shelf, name))
    .filter((place) => place !== newest)
    .sort((a, b) => age(b) - age(a));
  for (const place of places.slice(4)) rmSync(place, { recursive: true, force: true });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) console.log(packed().tarball);
