/** Those of one priority, in the order in which they came. */
interface Lane<T> {
  readonly priority: number;
  readonly items: Set<T>;
}

/** A queue that serves the highest priority first and is fair within one. Leaving it costs nothing much. */
export class PriorityQueue<T> {
  readonly #lanes: Lane<T>[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(item: T, priority: number): void {
    const at = this.#placeOf(priority);
    const found = this.#lanes[at];
    if (found?.priority === priority) found.items.add(item);
    else this.#lanes.splice(at, 0, { priority, items: new Set([item]) });
    this.#size++;
  }

  /** Takes the next one out. */
  take(): T | undefined {
    const lane = this.#lanes[0];
    const [item] = lane?.items ?? [];
    if (lane !== undefined && item !== undefined) this.#drop(item, lane, 0);
    return item;
  }

  /** Takes this one out, if it is still in. */
  remove(item: T, priority: number): void {
    const at = this.#placeOf(priority);
    const lane = this.#lanes[at];
    if (lane?.priority === priority && lane.items.has(item)) this.#drop(item, lane, at);
  }

  #drop(item: T, lane: Lane<T>, at: number): void {
    lane.items.delete(item);
    if (lane.items.size === 0) this.#lanes.splice(at, 1);
    this.#size--;
  }

  /** By halving: where the lane of this priority is, or would be; highest first. */
  #placeOf(priority: number): number {
    let low = 0;
    let high = this.#lanes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#lanes[middle] as Lane<T>).priority > priority) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
