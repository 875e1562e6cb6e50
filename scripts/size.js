// What coldwire adds to a browser bundle, minified and gzipped, axios and rxjs not counted; against size-budget.json.
// --why lists what the bytes are made of.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { packed } from './pack.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Each budget with the bytes that are used of it and the modules that they are made of. */
export async function sizes() {
  const budget = JSON.parse(readFileSync(join(root, 'size-budget.json'), 'utf8'));
  const cache = join(root, '.cache');
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'size-'));
  try {
    return await Promise.all(
      budget.map(async (line) => ({ ...line, ...(await bundle(line.code, work)) })),
    );
  } finally {
    rmSync(work, { recursive: true });
  }
}

async function bundle(code, work) {
  const { folder } = packed();
  // A consumer's own package: otherwise the name would resolve to this repository.
  writeFileSync(join(work, 'package.json'), '{"type":"module"}');
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: work, loader: 'js' },
    alias: { coldwire: folder },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['axios', 'rxjs'],
    // No consumer has this repository's paths.
    tsconfigRaw: {},
    logLevel: 'silent',
  });
  const [output] = Object.values(metafile.outputs);
  const modules = Object.entries(output.inputs).map(([path, { bytesInOutput }]) => ({
    path: path.replace(/^.*dist\/esm\//, ''),
    bytes: bytesInOutput,
  }));
  return {
    bytes: gzipSync(outputFiles[0].contents, { level: 9 }).length,
    modules: modules.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const { what, bytes, maxBytes, modules } of await sizes()) {
    const verdict = bytes <= maxBytes ? 'ok' : 'TOO LARGE';
    console.log(`${what}: ${bytes} of ${maxBytes} bytes, ${verdict}`);
    if (bytes > maxBytes) process.exitCode = 1;
    if (process.argv.includes('--why')) {
      for (const module of modules)
        console.log(`  ${String(module.bytes).padStart(6)} ${module.path}`);
    }
  }
}
