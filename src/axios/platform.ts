import type { Subscriber } from 'rxjs';
import type { TaskRequest } from '../http/request.js';
import type { TaskEvent } from '../task/task-event.js';
import type { Exchange } from './exchange.js';

/** axios' adapters. */
export type AdapterName = 'http' | 'fetch' | 'xhr';

/** Hands a config to axios: to an adapter itself, or to an instance of the user's. */
export type Send = (config: object) => Promise<unknown>;

/** What makes requests in Node: `node:http`, `node:https`, or something like them. */
export interface NodeTransport {
  request(options: object): object;
}

/** How requests go out by one of axios' adapters. */
export interface Route {
  readonly send: Send;
  /** An instance of the user's: what it was made with, and what its interceptors do, holds. */
  readonly isInstance: boolean;
  /** Cookies and credentials of the browser on requests to other origins. */
  readonly withCredentials: boolean | undefined;
  /** What the user's instance allows a streamed body in Node, where axios itself would need a stream of Node's to count. */
  readonly maxBodyBytes: number;
  /** The transport and the `fetch` that the user's instance brings. */
  readonly transport: NodeTransport | undefined;
  readonly fetch: typeof fetch | undefined;
}

/** Starts an exchange by a route. */
export type Opener = (out: Subscriber<TaskEvent>, request: TaskRequest, route: Route) => Exchange;

/** What differs between Node and browsers. The package's `imports` choose which one is `#platform`. */
export interface Platform {
  /** The adapter that fits a request best. */
  choose(request: TaskRequest): AdapterName;
  /** Whose exchange an adapter is like that the user wrote. */
  readonly custom: AdapterName;
  /** The adapters that there are. */
  readonly openers: Readonly<Partial<Record<AdapterName, Opener>>>;
}
