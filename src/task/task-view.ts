import { Observable, type Subscriber } from 'rxjs';
import { type Flow, FlowGate, bothFlows } from '../http/flow.js';
import type { TaskRequest, TaskRequestParts } from '../http/request.js';
import { compose } from './compose.js';
import { heed } from './heed.js';
import { iterate } from './iterate.js';
import type { TaskEvent } from './task-event.js';
import type { Interceptor, TaskHandler } from './task-handler.js';

/** What of an exchange is looked at: how to ask for it, and the step that makes values of its events. */
export interface Look<T> {
  /** What the request says of its consumer. */
  readonly asks: Pick<TaskRequestParts, 'delivery' | 'progress'>;
  /** Whether its step holds the server back at times: then it is given the gate to do it with. Default `false`. */
  readonly holds?: boolean;
  /** The step from events to values, subscribed once. */
  stage(subscriber: Subscriber<T>, request: TaskRequest, gate?: FlowGate): Subscriber<TaskEvent>;
}

const BRAND = Symbol.for('coldwire.TaskView');

/**
 * One view of one exchange: cold, and it knows its request, so that a policy may stand right after it in a pipe.
 *
 * Each subscription is an exchange of its own; unsubscribing aborts that one. `for await` works too, holds the server
 * back while the loop is busy, and `break` aborts.
 */
export class TaskView<T> extends Observable<T> {
  readonly [BRAND] = true;
  /** The request as the client built it, before interceptors. */
  readonly request: TaskRequest;
  protected readonly handler: TaskHandler;
  protected readonly look: Look<T>;

  constructor(request: TaskRequest, handler: TaskHandler, look: Look<T>) {
    super((subscriber) => {
      this.open(subscriber);
    });
    this.request = request;
    this.handler = handler;
    this.look = look;
  }

  /** The same view with an interceptor or policy around the whole: what `.pipe(policy)` does, keeping the views. */
  with(...interceptors: readonly Interceptor[]): TaskView<T> {
    return new TaskView(this.request, compose(interceptors, this.handler), this.look);
  }

  /**
   * The same exchange seen through one more step: what an operator does that wants to stay a view, so that policies
   * and slow consumers behind it still reach the request. A step that `holds` is given a gate; shut, it holds the
   * server back.
   */
  through<U>(
    step: (subscriber: Subscriber<U>, request: TaskRequest, gate?: FlowGate) => Subscriber<T>,
    holds = false,
  ): TaskView<U> {
    const { look } = this;
    return new TaskView<U>(this.request, this.handler, {
      asks: look.asks,
      holds: holds || look.holds === true,
      stage: (subscriber, request, gate) =>
        look.stage(step(subscriber, request, gate), request, gate),
    });
  }

  /** Values one by one, the server held back in between; leaving the loop aborts. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    const gate = new FlowGate();
    return iterate(this.held(gate), gate);
  }

  /** The same view behind one more gate: while it is shut, the server is held back where the platform can. */
  held(gate: Flow): TaskView<T> {
    return new TaskView(
      this.request.clone({ flow: behind(this.request, gate) }),
      this.handler,
      this.look,
    );
  }

  private open(subscriber: Subscriber<T>): void {
    const { asks, holds } = this.look;
    const gate = holds === true ? new FlowGate() : undefined;
    const request = this.request.clone(
      gate === undefined ? asks : { ...asks, flow: behind(this.request, gate) },
    );
    if (request.signal !== undefined && !heed(request, subscriber)) return;
    this.handler(request).subscribe(this.look.stage(subscriber, request, gate));
  }
}

/** The request's flow behind one more gate. */
function behind({ flow }: TaskRequest, gate: Flow): Flow {
  return flow === undefined ? gate : bothFlows(flow, gate);
}

/** Whether a value is a view of a task, also one of another copy of coldwire. */
export function isTaskView(value: unknown): value is TaskView<unknown> {
  return typeof value === 'object' && value !== null && BRAND in value;
}
