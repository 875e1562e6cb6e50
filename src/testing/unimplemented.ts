import { Observable } from 'rxjs';
import { taskError } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';
import type { DataTaskPublisherFactory } from '../task/task-handler.js';
import { requestText } from './request-pattern.js';

/** A factory that must not be used, and what was asked of it all the same. */
export interface UnimplementedFactory extends DataTaskPublisherFactory {
  /** Every request that reached it. */
  readonly requests: readonly TaskRequest[];
  /** Throws, naming every request that reached it; for an `afterEach`. */
  verify(): void;
}

/** What else happens when an {@link unimplemented} factory is used. */
export interface UnimplementedOptions {
  /** Takes the error beside the error channel. Default: throws it where the test runner sees it, uncaught. */
  readonly report?: (error: Error) => void;
}

/**
 * A factory for tests that must send nothing. A request that reaches it fails the test, by name, even if the code under
 * test catches all errors: the error goes down the error channel and is thrown uncaught beside it.
 *
 * @example
 * const service = new UserService(createClient({ factory: unimplemented() }));
 */
export function unimplemented({
  report = throwUncaught,
}: UnimplementedOptions = {}): UnimplementedFactory {
  const requests: TaskRequest[] = [];
  return {
    make: (request) =>
      new Observable((subscriber) => {
        requests.push(request);
        const message = 'nothing may be requested in this test: its factory is unimplemented()';
        const error = taskError(
          'request',
          { field: 'factory' },
          { request, code: 'UNIMPLEMENTED', message },
        );
        report(error);
        subscriber.error(error);
      }),
    requests,
    verify() {
      if (requests.length === 0) return;
      throw new Error(
        `Nothing may be requested in this test, but there was\n${requests.map((request) => `  ${requestText(request)}`).join('\n')}`,
      );
    },
  };
}

function throwUncaught(error: Error): void {
  queueMicrotask(() => {
    throw error;
  });
}
