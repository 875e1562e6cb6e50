/**
 * One line of a scene: a label, what happened so far, and what is going on right now (`now`, a function that is asked
 * whenever the line is drawn).
 */
export class Row {
  words = [];
  now = undefined;
  #changed;

  constructor(label, changed) {
    this.label = label;
    this.#changed = changed;
  }

  /** Something happened; whatever was going on is over. `colour` is a name of `paint`. */
  add(text, colour = 'plain') {
    this.now = undefined;
    this.words.push({ text, colour });
    this.#changed(this, text, colour);
  }

  /** Something is going on: `describe()` says what, now. */
  during(describe) {
    this.now = describe;
    this.#changed(this, describe(), 'dim', true);
  }
}
