// The comparison page: every cell of docs/comparison.md is tried on the client that it speaks of.
//   node compare.mjs            says which cells are not as the page has them; exits 1 when there are any
//   node compare.mjs --write    writes what was seen into the page
//   node compare.mjs --json     prints what was seen
//   node compare.mjs --page     prints the page's rows, and tries nothing
// Names of columns behind it try these alone.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = `${root}docs/comparison.md`;

/** Tries all rows on the columns named, or on all; `missing` are the columns whose package is not installed. */
export async function tryAll(columns = []) {
  // Bundled into the folder of the rivals, so that axios and rxjs are the same copies for everybody.
  const place = existsSync(`${root}bench/node_modules`) ? `${root}bench/.cache` : `${root}.cache`;
  mkdirSync(place, { recursive: true });
  const outfile = `${place}/try-all.mjs`;
  await build({
    entryPoints: [`${root}__tests__/peers/try-all.ts`],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    alias: {
      coldwire: `${root}src/index.ts`,
      '#platform': `${root}src/axios/platform-node.ts`,
    },
    logLevel: 'error',
  });
  const { status, stdout, stderr } = spawnSync(process.execPath, [outfile, ...columns], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  if (status !== 0) throw new Error(`trying the peers failed:\n${stderr}`);
  return JSON.parse(stdout);
}

/** The rows of the page's tables: title and cells by column. */
export function rowsOfPage(text = readFileSync(page, 'utf8')) {
  const rows = [];
  let columns;
  for (const line of text.split('\n')) {
    const cells = cellsOf(line);
    if (cells === undefined) columns = undefined;
    else if (columns === undefined) columns = cells;
    else if (!/^:?-+:?$/.test(cells[0]))
      rows.push({
        title: cells[0],
        cells: Object.fromEntries(columns.slice(1).map((name, at) => [name, cells[at + 1]])),
      });
  }
  return rows;
}

/** The page with these cells in its tables. */
export function written(text, seen) {
  let columns;
  const lines = text.split('\n').map((line) => {
    const cells = cellsOf(line);
    if (cells === undefined) columns = undefined;
    else if (columns === undefined) columns = cells;
    else if (seen[cells[0]])
      return `| ${[cells[0], ...columns.slice(1).map((name, at) => seen[cells[0]][name] ?? cells[at + 1])].join(' | ')} |`;
    return line;
  });
  return lines.join('\n');
}

const cellsOf = (line) =>
  line.startsWith('|')
    ? line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim())
    : undefined;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--page')) {
    console.log(JSON.stringify(rowsOfPage()));
    process.exit();
  }
  const asked = process.argv.slice(2).filter((word) => !word.startsWith('--'));
  const { missing, seen } = await tryAll(asked);
  if (process.argv.includes('--json')) process.stdout.write(JSON.stringify({ missing, seen }));
  else if (process.argv.includes('--write'))
    writeFileSync(page, written(readFileSync(page, 'utf8'), seen));
  else {
    for (const name of missing) console.error(`${name} is not installed: npm run peers:install`);
    const wrong = rowsOfPage().flatMap(({ title, cells }) =>
      Object.entries(cells)
        .filter(([name, cell]) => seen[title]?.[name] !== undefined && seen[title][name] !== cell)
        .map(
          ([name, cell]) => `${title}, ${name}: the page says ${cell}, seen ${seen[title][name]}`,
        ),
    );
    console.log(wrong.join('\n') || 'the page says what was seen');
    process.exitCode = wrong.length > 0 ? 1 : 0;
  }
}
