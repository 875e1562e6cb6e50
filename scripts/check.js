// Everything that a contribution must pass, one step after the other; stops at the first that fails.
// `npm run check` does all of it, `npm run check lint types` only the steps that are named.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageComplaints } from './check-package.js';
import { apiComplaints } from './api-report.js';
import { build } from './build.js';
import { sizes } from './size.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => join(root, 'node_modules/.bin', name);

const run = (command, args, { live = false } = {}) => {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: live ? 'inherit' : 'pipe',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) return [error.message];
  return status === 0 ? [] : [`${stdout ?? ''}${stderr ?? ''}`.trim()];
};
const all = (...results) => results.flat();

const steps = {
  lockfile: () => run('npm', ['ci', '--dry-run', '--silent', '--no-audit', '--no-fund']),
  format: () => run(bin('prettier'), ['--check', '.', '--log-level', 'warn']),
  lint: () => run(bin('eslint'), ['.', '--max-warnings', '0']),
  types: () =>
    all(
      run(bin('tsc'), ['-p', 'tsconfig.json']),
      run(bin('tsc6'), ['-p', 'tsconfig.json']),
      run(bin('tsc'), ['-p', 'tsconfig.floor.json']),
    ),
  layers: () => run(bin('depcruise'), ['src', '--config', '.dependency-cruiser.cjs']),
  build: () => {
    build();
    return [];
  },
  api: () => apiComplaints(),
  package: () => packageComplaints(),
  size: async () =>
    (await sizes())
      .filter(({ bytes, maxBytes }) => bytes > maxBytes)
      .map(({ what, bytes, maxBytes }) => `${what}: ${bytes} bytes, allowed are ${maxBytes}`),
  tests: () => {
    rmSync(join(root, 'coverage'), { recursive: true, force: true });
    return run(process.execPath, ['scripts/jest.js', '--floor', '--coverage'], { live: true });
  },
};

const attempt = async (step) => step();

const named = process.argv.slice(2);
const unknown = named.filter((name) => !Object.hasOwn(steps, name));
if (unknown.length > 0) {
  console.error(`No step ${unknown.join(', ')}; there are ${Object.keys(steps).join(', ')}.`);
  process.exit(1);
}
for (const [name, step] of Object.entries(steps)) {
  if (named.length > 0 && !named.includes(name)) continue;
  const start = performance.now();
  process.stdout.write(`${name} … `);
  const complaints = await attempt(step).catch((error) => [error.message]);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (complaints.length > 0) {
    console.log(`failed after ${seconds} s\n\n${complaints.join('\n')}\n`);
    console.error(`npm run check stopped at: ${name}`);
    process.exit(1);
  }
  console.log(`ok (${seconds} s)`);
}
