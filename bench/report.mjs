import { readFileSync } from 'node:fs';

const budget = JSON.parse(readFileSync(new URL('budget.json', import.meta.url), 'utf8'));
let missed = 0;

/** The targets of one bench, from budget.json. */
export const targets = (bench) => budget[bench].targets;

/** Prints a table with its columns in line; figures stand to the right. */
export function table(title, rows) {
  const columns = Object.keys(rows[0]);
  const widths = columns.map((name) =>
    Math.max(name.length, ...rows.map((row) => text(row[name]).length)),
  );
  const line = (cells) =>
    `| ${cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join(' | ')} |`;
  console.log(`\n${title}\n`);
  console.log(line(columns));
  console.log(`| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  for (const row of rows) console.log(line(columns.map((name) => text(row[name]))));
}

const text = (value) => (typeof value === 'number' ? round(value) : String(value ?? ''));
const round = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2));

/** Says whether a figure keeps its target; a figure beyond it makes the script fail. */
export function keeps(what, figure, { atLeast, atMost }) {
  const kept =
    (atLeast === undefined || figure >= atLeast) && (atMost === undefined || figure <= atMost);
  const wanted = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
  if (!kept) missed++;
  console.log(`${kept ? 'kept  ' : 'MISSED'} ${what}: ${round(figure)} (${wanted})`);
}

/** Ends the script: 1 when a target was missed. */
export function finish() {
  process.exitCode = missed > 0 ? 1 : 0;
}
