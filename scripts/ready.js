// Makes a bare clone ready, with Node's own modules only: installs what the lockfile says unless it is there, and with
// the word `build` compiles src unless dist is newer.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';

process.chdir(new URL('..', import.meta.url).pathname);

if (!installed()) npm('ci', '--no-audit', '--no-fund');
if (process.argv[2] === 'build' && !built()) npm('run', '--silent', 'build');

/** Whether node_modules holds what the lockfile asks for (a file's date says nothing after a checkout). */
function installed() {
  const have = packagesIn('node_modules/.package-lock.json');
  const want = packagesIn('package-lock.json');
  if (!have || !want) return false;
  return Object.entries(want).every(
    ([path, { version, optional }]) =>
      path === '' || optional || (have[path]?.version === version && existsSync(path)),
  );
}

function packagesIn(lockfile) {
  return existsSync(lockfile) ? JSON.parse(readFileSync(lockfile, 'utf8')).packages : undefined;
}

function built() {
  const time = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);
  const sources = readdirSync('src', { recursive: true }).map((name) => `src/${name}`);
  const newest = Math.max(...[...sources, 'package.json', 'tsconfig.esm.json'].map(time));
  return time('dist/cjs/package.json') > newest;
}

function npm(...args) {
  const { status } = spawnSync('npm', args, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}
