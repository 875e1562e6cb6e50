import { Observable, type OperatorFunction, type Subscriber } from 'rxjs';
import { isTaskView } from '../task/task-view.js';

/**
 * An operator made of one step. Behind a view of a task the result is a view again, so that a slow consumer further
 * down still holds the server back; behind anything else it is a plain Observable.
 */
export function staged<In, Out>(step: (subscriber: Subscriber<Out>) => Subscriber<In>): OperatorFunction<In, Out> {
  return (source) =>
    isTaskView(source)
      ? source.through(step as (subscriber: Subscriber<Out>) => Subscriber<unknown>)
      : new Observable<Out>((subscriber) => {
          source.subscribe(step(subscriber));
        });
}
