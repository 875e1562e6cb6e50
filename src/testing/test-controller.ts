import { Observable, Subject, defer, filter, map, of, take } from 'rxjs';
import type { DataTaskPublisherFactory } from '../task/task-handler.js';
import { HeldTask } from './held-task.js';
import { type RequestPattern, matcherOf, patternText } from './request-pattern.js';

/** What `verify` lets pass. */
export interface VerifyOptions {
  /** Whether requests that the client cancelled by itself are left out. Default `false`. */
  readonly ignoreCancelled?: boolean;
}

/** A factory whose exchanges a test answers by hand, and the expectations over them. */
export interface TestController {
  /** What the client under test is given. */
  readonly factory: DataTaskPublisherFactory;
  /** Every exchange as it is sent, unanswered yet: hot, nothing is repeated for late subscribers. */
  readonly requests$: Observable<HeldTask>;
  /** The exchanges that have neither ended nor been cancelled, oldest first. */
  readonly pending: readonly HeldTask[];
  /**
   * The one exchange that fits and that no expectation has taken yet; takes it.
   * @throws Error that lists what was requested, when there is none or more than one
   */
  expectOne(pattern: RequestPattern): HeldTask;
  /** Nothing that fits is left to be taken. @throws Error that lists what was requested */
  expectNone(pattern: RequestPattern): void;
  /** All that fit and that no expectation has taken yet; takes them. */
  match(pattern: RequestPattern): HeldTask[];
  /**
   * The first exchange that fits, as soon as it is sent (or at once, if it was and still waits); takes it, completes.
   *
   * For interceptors that wait for something before they send.
   * @example const task = await firstValueFrom(controller.whenRequested('GET /users'));
   */
  whenRequested(pattern: RequestPattern): Observable<HeldTask>;
  /** Every exchange was taken by an expectation. @throws Error that lists the others */
  verify(options?: VerifyOptions): void;
}

/**
 * Makes a factory whose exchanges are answered by hand.
 *
 * @example
 * const controller = createTestController();
 * const client = createClient({ baseUrl: 'https://api.example.com', factory: controller.factory });
 * client.get('/users').subscribe(show);
 * controller.expectOne('GET /users').json(200, [{ name: 'Ada' }]);
 * controller.verify();
 */
export function createTestController(): TestController {
  const all: HeldTask[] = [];
  const taken = new Set<HeldTask>();
  const sent = new Subject<HeldTask>();

  const fitting = (pattern: RequestPattern): HeldTask[] => {
    const matches = matcherOf(pattern);
    return all.filter((task) => !taken.has(task) && matches(task.request));
  };
  const take1 = (task: HeldTask): HeldTask => {
    taken.add(task);
    return task;
  };
  const listed = (): string => {
    if (all.length === 0) return 'Nothing was requested.';
    const lines = all.map((task) => `  ${task.description}${taken.has(task) ? ' (taken)' : ''}`);
    return ['Requested:', ...lines].join('\n');
  };

  return {
    factory: {
      make: (request) =>
        new Observable((subscriber) => {
          sent.next(new HeldTask(request, subscriber, (task) => all.push(task)));
        }),
    },
    requests$: sent.asObservable(),
    get pending() {
      return all.filter((task) => !task.answered && !task.cancelled);
    },
    expectOne(pattern) {
      const found = fitting(pattern);
      const [only] = found;
      if (only !== undefined && found.length === 1) return take1(only);
      throw new Error(
        `Expected one request for ${patternText(pattern)}, found ${String(found.length)}. ${listed()}`,
      );
    },
    expectNone(pattern) {
      const found = fitting(pattern);
      if (found.length === 0) return;
      throw new Error(
        `Expected no request for ${patternText(pattern)}, found ${String(found.length)}. ${listed()}`,
      );
    },
    match: (pattern) => fitting(pattern).map(take1),
    whenRequested: (pattern) =>
      defer(() => {
        const waiting = fitting(pattern).find((task) => !task.cancelled && !task.answered);
        const matches = matcherOf(pattern);
        return waiting === undefined
          ? sent.pipe(filter((task) => !taken.has(task) && matches(task.request)))
          : of(waiting);
      }).pipe(take(1), map(take1)),
    verify({ ignoreCancelled = false } = {}) {
      const left = all.filter((task) => !taken.has(task) && !(ignoreCancelled && task.cancelled));
      if (left.length === 0) return;
      throw new Error(
        `${String(left.length)} of ${String(all.length)} requests were not expected. ${listed()}`,
      );
    },
  };
}
