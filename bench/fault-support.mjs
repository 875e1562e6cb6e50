// The project's own test servers, compiled for a script: they are written in TypeScript, beside the tests.
import { cpSync, mkdirSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}node_modules/.cache/bench-support`;

/** The exports of `__tests__/support/<name>.ts`. */
export async function support(name) {
  mkdirSync(folder, { recursive: true });
  cpSync(`${root}__tests__/support/tls`, `${folder}/tls`, { recursive: true });
  const outfile = `${folder}/${name}.mjs`;
  await build({
    entryPoints: [`${root}__tests__/support/${name}.ts`],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
  });
  return import(pathToFileURL(outfile).href);
}
