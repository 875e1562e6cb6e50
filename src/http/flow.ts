/**
 * Where a slow consumer holds a response back: a publisher that can pause reads `paused` before it reads on, and is
 * told of each change. One that cannot pause (XMLHttpRequest) goes on.
 */
export interface Flow {
  /** Whether the publisher should stop reading. */
  readonly paused: boolean;
  /** Calls back on each change of `paused`; returns what ends that. */
  listen(onChange: () => void): () => void;
}

/** A {@link Flow} with the hand on it. */
export class FlowGate implements Flow {
  #paused = false;
  readonly #listeners = new Set<() => void>();

  get paused(): boolean {
    return this.#paused;
  }

  /** Opens or closes the gate. */
  set(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    for (const listener of [...this.#listeners]) listener();
  }

  listen(onChange: () => void): () => void {
    this.#listeners.add(onChange);
    return () => {
      this.#listeners.delete(onChange);
    };
  }
}

/** A flow that is paused while either of two is. */
export function bothFlows(one: Flow, other: Flow): Flow {
  return {
    get paused() {
      return one.paused || other.paused;
    },
    listen(onChange) {
      const ends = [one.listen(onChange), other.listen(onChange)];
      return () => {
        for (const end of ends) end();
      };
    },
  };
}
