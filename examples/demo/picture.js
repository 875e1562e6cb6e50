// Draws the picture of the README from a real run: `node examples/demo/picture.js [file]`, docs/images/demo.svg unless told.
import { writeFileSync } from 'node:fs';
import { demo } from './demo.js';
import { Screen } from './picture/screen.js';
import { svg } from './picture/svg.js';
import { LiveView } from './view/live-view.js';

const COLUMNS = 84;
const file = process.argv[2] ?? new URL('../../docs/images/demo.svg', import.meta.url);
const title = 'The main job of coldwire in a terminal';

const screen = new Screen();
const versions = [];
const shown = [];
const started = performance.now();

const view = new LiveView({ columns: COLUMNS + 1, write: record });
const disagree = await demo(view);
if (disagree.length > 0) throw new Error(`client and server disagree on ${disagree.join(', ')}`);
view.print('Client and server agree.');
view.close();

const rows = screen.lines.length;
const seconds = (performance.now() - started) / 1000;
writeFileSync(file, svg({ versions, rows, columns: COLUMNS, seconds, title }));

/** Notes every line that a write has changed, and since when it is to be seen. */
function record(text) {
  screen.write(text);
  const now = (performance.now() - started) / 1000;
  screen.keys.forEach((key, row) => {
    const last = shown[row];
    if (last?.key === key) return;
    if (last !== undefined) last.until = now;
    if (key === '[]') return (shown[row] = undefined);
    shown[row] = { key, row, runs: structuredClone(screen.lines[row]), from: now };
    versions.push(shown[row]);
  });
}
