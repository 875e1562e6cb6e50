import { Observable } from 'rxjs';
import type { TaskRequest } from '../http/request.js';
import type { DataTaskPublisherFactory } from '../task/task-handler.js';
import type { Opener, Route } from './platform.js';

/** By which adapter a request goes out, and how. */
export type Router = (request: TaskRequest) => { readonly opener: Opener; readonly route: Route };

/** Makes exchanges along the routes that a router finds. */
export function routedFactory(router: Router): DataTaskPublisherFactory {
  return {
    make: (request) =>
      new Observable((subscriber) => {
        const { opener, route } = router(request);
        return opener(subscriber, request, route);
      }),
  };
}
