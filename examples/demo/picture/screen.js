const SEQUENCE = /\x1b\[\??([0-9;]*)([A-Za-z])|\n|\r|[^\x1b\n\r]+/g; // eslint-disable-line no-control-regex

/** As much of a terminal as the live view uses: lines of runs, each a text with a colour. */
export class Screen {
  lines = [[]];
  #row = 0;
  #colour = '';

  write(text) {
    for (const [token, argument, command] of text.matchAll(SEQUENCE)) {
      if (command === 'A') this.#row = Math.max(0, this.#row - Number(argument || 1));
      else if (command === 'K') this.lines[this.#row] = [];
      else if (command === 'm') this.#colour = argument === '0' ? '' : argument;
      else if (token === '\n') this.lines[++this.#row] ??= [];
      else if (command === undefined && token !== '\r') this.#put(token);
    }
  }

  /** Every line as one string, to be compared. */
  get keys() {
    return this.lines.map((runs) => JSON.stringify(runs));
  }

  #put(text) {
    this.lines[this.#row].push([text, this.#colour]);
  }
}
