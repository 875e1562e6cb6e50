import type { Subscriber, Unsubscribable } from 'rxjs';
import type { TaskRequest } from '../http/request.js';
import type { ResponseHead } from '../http/response.js';
import type { TaskEvent } from '../task/task-event.js';

/**
 * One exchange, from its subscription to its one end. It starts in a microtask, so that who leaves in the same tick
 * costs no connection. Whatever happens after the end is not heard.
 */
export abstract class Exchange implements Unsubscribable {
  protected readonly request: TaskRequest;
  protected readonly out: Subscriber<TaskEvent>;
  /** Ended: complete, failed or left. */
  protected over = false;
  /** The head was handed on. */
  protected answered = false;

  constructor(out: Subscriber<TaskEvent>, request: TaskRequest) {
    this.out = out;
    this.request = request;
    void Promise.resolve().then(() => {
      if (!this.over) this.#begin();
    });
  }

  /** Gets ready; what it throws is the error of an exchange that never was sent. */
  protected abstract prepare(): void;

  /** Sends. */
  protected abstract open(): void;

  /** Lets go of everything the platform holds, whatever state it is in. Called once, at an end that is not complete. */
  protected abstract abort(): void;

  /** The error of the closed union that a failure of the platform is. */
  protected abstract translate(cause: unknown): unknown;

  unsubscribe(): void {
    if (this.over) return;
    this.over = true;
    this.abort();
  }

  /** False when nobody listens any more, perhaps because of it. */
  protected head(head: ResponseHead): boolean {
    if (this.over) return false;
    this.answered = true;
    this.out.next({ type: 'head', head });
    return !this.out.closed;
  }

  protected chunk(bytes: Uint8Array): void {
    if (!this.over && bytes.byteLength > 0) this.out.next({ type: 'chunk', bytes });
  }

  protected complete(): void {
    if (this.over) return;
    this.over = true;
    this.out.complete();
  }

  protected fail(cause: unknown): void {
    if (this.over) return;
    const error = this.translate(cause);
    this.over = true;
    this.abort();
    this.out.error(error);
  }

  #begin(): void {
    try {
      this.prepare();
      this.out.next({ type: 'sent', attempt: this.request.attempt });
      if (!this.over) this.open();
    } catch (cause) {
      this.fail(cause);
    }
  }
}
