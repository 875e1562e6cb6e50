import { Observable, type OperatorFunction, type Subscriber } from 'rxjs';
import type { FlowGate } from '../http/flow.js';
import type { TaskRequest } from '../http/request.js';
import { type TaskView, isTaskView } from '../task/task-view.js';

/** Makes one step: the request and the gate are known behind a view of a task alone, the gate for steps that hold. */
export type MakeStep<In, Out> = (
  subscriber: Subscriber<Out>,
  request?: TaskRequest,
  gate?: FlowGate,
) => Subscriber<In>;

/**
 * An operator made of one step. Behind a view of a task the result is a view again, so that a slow consumer further
 * down still holds the server back; behind anything else it is a plain Observable.
 */
export function staged<In, Out>(step: MakeStep<In, Out>, holds = false): OperatorFunction<In, Out> {
  return (source) =>
    isTaskView(source)
      ? (source as TaskView<In>).through(step, holds)
      : new Observable<Out>((subscriber) => {
          source.subscribe(step(subscriber));
        });
}
