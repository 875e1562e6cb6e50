/**
 * One line of a scene: a label, what happened so far, and what is going on right now (`now`, a function that is asked
 * whenever the line is drawn).
 */
export class Row {
  words = [];
  now = undefined;
  #changed;

  /** `changed` is told of this line, with the text of what happened if there is one. */
  constructor(label, changed) {
    this.label = label;
    this.#changed = changed;
  }

  /** Something happened; whatever was going on is over. `colour` is a name of `paint`. */
  add(text, colour = 'plain') {
    this.now = undefined;
    this.words.push({ text, colour });
    this.#changed(this, text);
  }

  /** One of many small steps: the next one takes its place. */
  step(text) {
    this.now = () => text;
    this.#changed(this, text);
  }

  /** Something is going on: `describe()` says what, now. */
  during(describe) {
    this.now = describe;
    this.#changed(this);
  }
}
