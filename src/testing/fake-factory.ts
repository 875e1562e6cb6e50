import { Observable, isObservable } from 'rxjs';
import { taskError } from '../errors/task-error.js';
import type { TaskRequest } from '../http/request.js';
import type { DataTaskPublisher, DataTaskPublisherFactory } from '../task/task-handler.js';
import { EndingStage } from './ending-stage.js';
import { matcherOf, requestText } from './request-pattern.js';

/** Answers a request; may look at it first. */
export type Responder = (request: TaskRequest) => DataTaskPublisher;

/** What a route answers: always the same, a function's choice, or a list in turn of which the last one stays. */
export type RouteAnswer =
  DataTaskPublisher | Responder | readonly (DataTaskPublisher | Responder)[];

/** One exchange that a fake was asked for, as it stands now. */
export interface FakeExchange {
  readonly request: TaskRequest;
  readonly state: 'active' | 'completed' | 'failed' | 'cancelled';
}

/** A factory that answers by itself and keeps count. */
export interface FakeFactory extends DataTaskPublisherFactory {
  /** Every exchange that was subscribed, oldest first. */
  readonly exchanges: readonly FakeExchange[];
  /** How many exchanges were subscribed: making one is nothing yet. */
  readonly subscribed: number;
  /** How many were unsubscribed before their end. */
  readonly cancelled: number;
  /** How many are neither ended nor cancelled. */
  readonly active: number;
  /** The number of the attempt of each exchange: `[1, 2, 3]` for one task tried three times. */
  readonly attempts: readonly number[];
}

/**
 * A fake that answers each request by its route, and can be asked afterwards what was asked of it. A request without a
 * route fails with a `request` error that names it and the routes.
 *
 * Routes are patterns (see {@link RequestPattern}); the first that fits wins. A function instead answers everything.
 *
 * @example
 * const fake = fakeFactory({
 *   'GET /users': answer.json(200, [{ name: 'Ada' }]),
 *   'GET /flaky': [answer.status(503), answer.json(200, 'at last')],
 *   'POST /users': (request) => answer.json(201, request.body?.value),
 * });
 * const client = createClient({ baseUrl: 'https://api.example.com', factory: fake });
 */
export function fakeFactory(
  routes: Readonly<Record<string, RouteAnswer>> | Responder,
): FakeFactory {
  const respond = typeof routes === 'function' ? routes : router(routes);
  const exchanges: { request: TaskRequest; state: FakeExchange['state'] }[] = [];
  const count = (state: FakeExchange['state']): number =>
    exchanges.filter((exchange) => exchange.state === state).length;
  return {
    make: (request) =>
      new Observable((subscriber) => {
        const exchange = { request, state: 'active' as FakeExchange['state'] };
        exchanges.push(exchange);
        subscriber.add(() => {
          if (exchange.state === 'active') exchange.state = 'cancelled';
        });
        const stage = new EndingStage(subscriber, (state) => {
          exchange.state = state;
        });
        try {
          respond(request).subscribe(stage);
        } catch (cause) {
          stage.error(cause);
        }
      }),
    exchanges,
    get subscribed() {
      return exchanges.length;
    },
    get cancelled() {
      return count('cancelled');
    },
    get active() {
      return count('active');
    },
    get attempts() {
      return exchanges.map(({ request }) => request.attempt);
    },
  };
}

function router(routes: Readonly<Record<string, RouteAnswer>>): Responder {
  const table = Object.entries(routes).map(([pattern, answers]) => ({
    matches: matcherOf(pattern),
    next: inTurn(answers),
  }));
  return (request) => {
    const route = table.find(({ matches }) => matches(request));
    if (route !== undefined) return route.next(request);
    const known = Object.keys(routes).join(', ');
    throw taskError(
      'request',
      { field: 'url' },
      {
        request,
        code: 'NO_ROUTE',
        message: `the fake has no route for ${requestText(request)}; it has ${known || 'none'}`,
      },
    );
  };
}

function inTurn(answers: RouteAnswer): Responder {
  const list: readonly (DataTaskPublisher | Responder)[] = Array.isArray(answers)
    ? (answers as readonly (DataTaskPublisher | Responder)[])
    : [answers as DataTaskPublisher | Responder];
  let turn = 0;
  return (request) => {
    const chosen = list[Math.min(turn++, list.length - 1)];
    if (chosen === undefined)
      throw new TypeError(`the fake's route for ${requestText(request)} is an empty list`);
    return isObservable(chosen) ? chosen : chosen(request);
  };
}
