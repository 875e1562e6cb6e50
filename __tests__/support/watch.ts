/**
 * A place where tests wait for what a server saw, instead of sleeping: whoever changes the state calls `changed()`,
 * and every `until(read)` resolves at the first change after which `read` gives something other than `undefined` or `false`.
 * A `read` that throws rejects its promise.
 */
export class Watch {
  readonly #waiting = new Set<() => void>();

  changed(): void {
    for (const check of [...this.#waiting]) check();
  }

  until<T>(read: () => T | undefined | false): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const check = (): void => {
        try {
          const value = read();
          if (value === undefined || value === false) return;
          resolve(value);
        } catch (error) {
          reject(error);
        }
        this.#waiting.delete(check);
      };
      this.#waiting.add(check);
      check();
    });
  }
}
