import { Observable, type ObservableInput, type OperatorFunction, type Subscriber, type Subscription, from } from 'rxjs';
import { FlowGate } from '../http/flow.js';
import { Stage } from './stage.js';
import { isTaskView } from './task-view.js';

/**
 * Maps each value to an Observable or a promise, one at a time and in order, with the server held back meanwhile.
 *
 * Right behind `task.bytes` (or `lines()` and the like behind it) the socket is not read while a value is being worked
 * on, so memory stays flat however fast the server is. Behind other operators it is RxJS's `concatMap`: values wait in
 * memory, since an Observable by itself cannot be held back.
 *
 * @example
 * client.get('/dump').bytes.pipe(oneByOne((chunk) => file.write(chunk))).subscribe();
 */
export function oneByOne<In, Out>(project: (value: In) => ObservableInput<Out>): OperatorFunction<In, Out> {
  return (source) =>
    new Observable<Out>((subscriber) => {
      const gate = new FlowGate();
      const held = isTaskView(source) ? (source.held(gate) as Observable<In>) : source;
      held.subscribe(new OneByOneStage(subscriber, project, gate));
    });
}

class OneByOneStage<In, Out> extends Stage<In, Out> {
  readonly #project: (value: In) => ObservableInput<Out>;
  readonly #gate: FlowGate;
  readonly #waiting: In[] = [];
  #work: Subscription | undefined;
  #busy = false;
  #over = false;

  constructor(downstream: Subscriber<Out>, project: (value: In) => ObservableInput<Out>, gate: FlowGate) {
    super(downstream);
    this.#project = project;
    this.#gate = gate;
    downstream.add(() => this.#work?.unsubscribe());
  }

  protected onNext(value: In): void {
    this.#waiting.push(value);
    this.#gate.set(true);
    this.#drain();
  }

  protected override onComplete(): void {
    this.#over = true;
    this.#drain();
  }

  /** A loop, not a recursion: work that is done at once must not deepen the stack. */
  #drain(): void {
    while (!this.#busy && this.#waiting.length > 0 && !this.downstream.closed) {
      this.#busy = true;
      this.#start(this.#waiting.shift() as In);
    }
    if (this.#busy) return;
    if (this.#over) this.downstream.complete();
    else this.#gate.set(false);
  }

  #start(value: In): void {
    let inside = true;
    this.#work = from(this.#project(value)).subscribe({
      next: (out) => {
        this.downstream.next(out);
      },
      error: (error: unknown) => {
        this.downstream.error(error);
      },
      complete: () => {
        this.#busy = false;
        if (!inside) this.#drain();
      },
    });
    inside = false;
  }
}
