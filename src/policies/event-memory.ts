import type { TaskEvent } from '../task/task-event.js';

/**
 * What a late comer has to be told of an exchange: the events since the last `sent`, of progress only the latest, of
 * the body all chunks up to a bound.
 */
export class EventMemory {
  readonly #maxBytes: number;
  readonly #latest = new Map<TaskEvent['type'], TaskEvent>();
  #chunks: TaskEvent[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether everything is still there. A new attempt begins anew. */
  get isWhole(): boolean {
    return this.#bytes <= this.#maxBytes;
  }

  add(event: TaskEvent): void {
    if (event.type === 'sent') this.#latest.clear();
    if (event.type === 'sent' || event.type === 'retrying') this.#forgetAnswer();
    if (event.type !== 'chunk') {
      this.#latest.set(event.type, event);
      return;
    }
    this.#bytes += event.bytes.byteLength;
    if (this.isWhole) this.#chunks.push(event);
    else this.#chunks = [];
  }

  #forgetAnswer(): void {
    this.#latest.delete('head');
    this.#latest.delete('download');
    this.#chunks = [];
    this.#bytes = 0;
  }

  /** In the order of the grammar: the latest progress of the body comes behind the chunks it counts. */
  events(): readonly TaskEvent[] {
    const download = this.#latest.get('download');
    const before = [...this.#latest.values()].filter((event) => event !== download);
    return [...before, ...this.#chunks, ...(download === undefined ? [] : [download])];
  }
}
