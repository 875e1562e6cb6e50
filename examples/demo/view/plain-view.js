import { Row } from './row.js';

const TOLD_EVERY_MS = 250;

/** Appends a line for everything that happens: for files and pipes, and terminals too small to draw in. */
export class PlainView {
  #out;
  #rows = [];
  #started = performance.now();
  #timer;
  #told = new WeakMap();

  constructor(out) {
    this.#out = out;
    this.#timer = setInterval(() => this.#tell(), TOLD_EVERY_MS);
  }

  scene(title, code) {
    this.#rows = [];
    this.print('', `${title}  ${code}`);
    return {
      row: (label) => {
        const row = new Row(label, (changed, text) => text && this.#line(changed, text));
        this.#rows.push(row);
        return row;
      },
    };
  }

  print(...lines) {
    for (const line of lines) this.#out.write(`${line}\n`);
  }

  paint(text) {
    return text;
  }

  close() {
    clearInterval(this.#timer);
  }

  #tell() {
    for (const row of this.#rows) if (row.now !== undefined) this.#line(row, row.now());
  }

  #line(row, text) {
    if (this.#told.get(row) === text) return;
    this.#told.set(row, text);
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(3);
    this.print(`  ${seconds.padStart(6)} s  ${row.label.padEnd(14)} ${text}`);
  }
}
