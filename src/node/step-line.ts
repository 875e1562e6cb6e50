/** Steps that are done one after the other, however long each takes. One that fails ends the line. */
export class StepLine {
  readonly #failed: (error: unknown) => void;
  #steps: (() => Promise<void> | undefined)[] = [];
  #running = false;
  #ending = false;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** Puts a step at the end of the line; nothing once the last step is there. */
  add(step: () => Promise<void> | undefined): void {
    if (this.#ending) return;
    this.#steps.push(step);
    void this.#run();
  }

  /** Drops the steps that have not begun; this one is the last. */
  end(step: () => Promise<void> | undefined): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#steps = [step];
    void this.#run();
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (let step = this.#steps.shift(); step !== undefined; step = this.#steps.shift()) {
      try {
        await step();
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#running = false;
  }
}
