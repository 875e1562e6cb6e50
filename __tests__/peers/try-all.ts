// Tries every cell of the comparison and prints what it saw as JSON, outside of jest: in the rivals' own surroundings.
import type { Column } from './column.js';
import { rows } from './rows.js';

const LIMIT_MS = 20_000;
const columns: Record<string, () => Promise<Column>> = {
  coldwire: async () => (await import('./columns/coldwire.js')).coldwire,
  axios: async () => (await import('./columns/axios.js')).axiosColumn,
  'axios-observable': async () => (await import('./columns/axios-observable.js')).axiosObservable,
  'Angular HttpClient': async () => (await import('./columns/angular.js')).angular,
  'rxjs ajax': async () => (await import('./columns/ajax.js')).ajax,
  'rxjs fromFetch': async () => (await import('./columns/from-fetch.js')).fromFetch,
  ky: async () => (await import('./columns/ky.js')).ky,
  got: async () => (await import('./columns/got.js')).got,
};

// Some clients leave promises behind that nobody can catch.
process.on('unhandledRejection', () => undefined);
process.on('uncaughtException', () => undefined);

const chosen = process.argv.slice(2);
const missing: string[] = [];
const seen: Record<string, Record<string, string>> = {};
for (const [name, open] of Object.entries(columns)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const column = await open().catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    missing.push(name);
  });
  if (column)
    for (const row of Object.keys(rows)) (seen[row] ??= {})[name] = await cell(row, column);
}
process.stdout.write(JSON.stringify({ missing, seen }), () => process.exit());

async function cell(row: string, column: Column): Promise<string> {
  const late = new Promise<string>((resolve) =>
    setTimeout(resolve, LIMIT_MS, '**no**: it hangs').unref(),
  );
  const tried = rows[row]?.(column).catch((error: unknown) => `the probe failed: ${String(error)}`);
  return (await Promise.race([tried, late])) ?? '–';
}
