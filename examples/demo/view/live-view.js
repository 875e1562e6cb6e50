import { Row } from './row.js';
import { cut, painter } from './paint.js';

const REDRAW_MS = 80;

/** Draws the scene that is on again and again, in place; what is over stays above. For terminals. */
export class LiveView {
  #out;
  #paint;
  #rows = [];
  #drawn = 0;
  #dirty = false;
  #timer;

  constructor(out, { colours = true } = {}) {
    this.#out = out;
    this.#paint = painter(colours);
    out.write('\x1b[?25l');
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
  }

  /** A new scene; the one before is left as it is. */
  scene(title, code) {
    this.#settle();
    this.print('', `${this.#paint(title, 'bold')}  ${this.#paint(code, 'dim')}`);
    return {
      row: (label) => {
        const row = new Row(label, () => (this.#dirty = true));
        this.#rows.push(row);
        this.#dirty = true;
        return row;
      },
    };
  }

  print(...lines) {
    this.#settle();
    for (const line of lines) this.#out.write(`${line}\n`);
  }

  paint(text, colour) {
    return this.#paint(text, colour);
  }

  close() {
    clearInterval(this.#timer);
    this.#settle();
    this.#out.write('\x1b[?25h');
  }

  #settle() {
    this.#dirty = true;
    this.#draw();
    this.#rows = [];
    this.#drawn = 0;
  }

  #draw() {
    const live = this.#rows.some((row) => row.now !== undefined);
    if (!this.#dirty && !live) return;
    this.#dirty = false;
    const up = this.#drawn === 0 ? '' : `\x1b[${this.#drawn}A`;
    const columns = (this.#out.columns ?? 100) - 1;
    const lines = this.#rows.map((row) => `\x1b[2K${cut(this.#line(row), columns)}\n`);
    this.#out.write(`${up}\r${lines.join('')}`);
    this.#drawn = this.#rows.length;
  }

  #line(row) {
    const words = row.words.map(({ text, colour }) => this.#paint(text, colour));
    if (row.now !== undefined) words.push(this.#paint(row.now(), 'yellow'));
    return `  ${row.label.padEnd(14)} ${words.join(this.#paint(' · ', 'dim'))}`;
  }
}
