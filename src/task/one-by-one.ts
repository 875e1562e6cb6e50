import {
  Observable,
  type ObservableInput,
  type OperatorFunction,
  type Subscriber,
  from,
} from 'rxjs';
import { checkingInput } from '../errors/from-input.js';
import { FlowGate } from '../http/flow.js';
import { checkFunction } from '../http/option-checks.js';
import { Stage } from './stage.js';
import { isTaskView } from './task-view.js';

/**
 * Maps each value to an Observable or a promise, one at a time and in order, with the server held back meanwhile.
 *
 * Right behind `task.bytes` (or `lines()` and the like behind it) the socket is not read while a value is being worked
 * on, so memory stays flat however fast the server is. Behind other operators it is RxJS's `concatMap`: values wait in
 * memory, since an Observable by itself cannot be held back. Unsubscribing ends the work that is under way; what the work
 * fails with ends the source.
 *
 * @example
 * client.get('/dump').bytes.pipe(oneByOne((chunk) => file.write(chunk))).subscribe();
 */
export function oneByOne<In, Out>(
  project: (value: In) => ObservableInput<Out>,
): OperatorFunction<In, Out> {
  checkingInput(() => {
    checkFunction('oneByOne.project', project);
  });
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
  readonly #done: () => void;
  #busy = false;
  #draining = false;
  #over = false;

  constructor(
    downstream: Subscriber<Out>,
    project: (value: In) => ObservableInput<Out>,
    gate: FlowGate,
  ) {
    super(downstream);
    this.#project = project;
    this.#gate = gate;
    this.#done = () => {
      this.#busy = false;
      this.#drain();
    };
  }

  protected onNext(value: In): void {
    this.#waiting.push(value);
    this.#drain();
    // Not before: work that is done at once would open it again while the chunk is still being handed on, line by line.
    if (this.#busy || this.#draining) this.#gate.set(true);
  }

  protected override onComplete(): void {
    this.#over = true;
    this.#drain();
  }

  /** A loop, not a recursion: neither work that is done at once nor a server that goes on at once deepens the stack. */
  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    do {
      while (!this.#busy && this.#waiting.length > 0 && !this.downstream.closed)
        this.#start(this.#waiting.shift() as In);
      if (this.#busy || this.downstream.closed) break;
      if (this.#over) {
        this.downstream.complete();
        break;
      }
      this.#gate.set(false);
    } while (this.#waiting.length > 0 || this.#isOver());
    this.#draining = false;
  }

  /** Behind a call: the opening of the gate may have brought the end. */
  #isOver(): boolean {
    return this.#over;
  }

  #start(value: In): void {
    this.#busy = true;
    try {
      from(this.#project(value)).subscribe(new WorkStage(this.downstream, this.#done));
    } catch (error) {
      // Who has just finished the work before has called us: it is not theirs.
      this.downstream.error(error);
    }
  }
}

/** The work on one value: its end is not the end. */
class WorkStage<Out> extends Stage<Out, Out> {
  readonly #done: () => void;

  constructor(downstream: Subscriber<Out>, done: () => void) {
    super(downstream);
    this.#done = done;
  }

  protected onNext(out: Out): void {
    this.downstream.next(out);
  }

  protected override onComplete(): void {
    this.#done();
  }
}
