import { throwError } from 'rxjs';
import type { BodyInput } from '../http/body.js';
import { HeaderFields, type HeaderFieldsInit } from '../http/header-fields.js';
import { ownOptions } from '../http/option-checks.js';
import { TaskRequest } from '../http/request.js';
import { fromInput } from '../errors/from-input.js';
import { ownRouter } from '../axios/own-route.js';
import { routedFactory } from '../axios/routed-factory.js';
import { type Decoder, asJson } from '../decode/decoder.js';
import { followRedirects } from '../policies/redirect.js';
import { compose } from '../task/compose.js';
import { publish } from '../task/publish.js';
import { refused } from '../task/refused-answer.js';
import { BASE_ORIGIN } from '../task/surroundings.js';
import type { Interceptor, TaskHandler } from '../task/task-handler.js';
import { type ClientOptions, checkedOptions, groundOf } from './client-options.js';
import { type AroundLooks, DataTask } from './data-task.js';
import {
  type RequestInput,
  type RequestOptions,
  buildRequest,
  decoderOf,
} from './request-options.js';
import { Scope } from './scope.js';
import { xsrf } from './xsrf.js';

/** Options of a verb whose body is not an argument of its own. */
export type DeleteOptions<T> = RequestOptions<T> & Pick<RequestInput, 'body'>;

/**
 * Makes tasks. Immutable: what looks like a change is a new client.
 *
 * Every verb returns a {@link DataTask} and sends nothing; subscribing does. Bad input is a `request` error on the
 * task's error channel, before anything is sent.
 */
export interface Client {
  /** A GET. @example client.get<User>('/users/1').subscribe((user) => show(user)); */
  get<T = unknown>(url: string, options?: RequestOptions<T>): DataTask<T>;
  /** A HEAD; look at `.response`. */
  head<T = unknown>(url: string, options?: RequestOptions<T>): DataTask<T>;
  /** An OPTIONS. */
  options<T = unknown>(url: string, options?: RequestOptions<T>): DataTask<T>;
  /** A DELETE, with a body when `options.body` is given. */
  delete<T = unknown>(url: string, options?: DeleteOptions<T>): DataTask<T>;
  /** A POST. @example client.post<User>('/users', { name: 'Ada' }).subscribe(); */
  post<T = unknown>(url: string, body?: BodyInput, options?: RequestOptions<T>): DataTask<T>;
  /** A PUT. */
  put<T = unknown>(url: string, body?: BodyInput, options?: RequestOptions<T>): DataTask<T>;
  /** A PATCH. */
  patch<T = unknown>(url: string, body?: BodyInput, options?: RequestOptions<T>): DataTask<T>;
  /** Any method: from a description, or a request that was made before. */
  request<T = unknown>(request: RequestInput<T> | TaskRequest): DataTask<T>;
  /** A new client with these interceptors nearest to the wire, or with these options over this one's. */
  with(...changes: readonly (Interceptor | ClientOptions)[]): Client;
  /** A child client that can end everything started through it. */
  scope(): ScopedClient;
}

/** A client whose `unsubscribe` ends everything that was started through it. */
export interface ScopedClient extends Client {
  /**
   * Aborts every task started through this client, in flight, queued, waiting or backing off: each fails with
   * `aborted`. Tasks subscribed later fail with `aborted` at once. Calling it again does nothing.
   */
  unsubscribe(): void;
  /** Whether it has been ended. */
  readonly closed: boolean;
}

/**
 * Makes a client.
 *
 * @example
 * const client = createClient({
 *   baseUrl: 'https://api.example.com',
 *   interceptors: [deadline(30_000), retryTransient(), deadline(5_000)],
 * });
 * @throws TaskError `request` for an option that is unknown or wrong, naming it
 */
export function createClient(options: ClientOptions = {}): Client {
  return clientOf(checkedOptions(options));
}

function clientOf(given: ClientOptions, scopes: readonly Scope[] = []): Client {
  const options = ownOptions(given);
  const ground = groundOf(options);
  const handler = handlerOf(options, scopes);
  const within: AroundLooks | undefined =
    scopes.length === 0
      ? undefined
      : (look) => scopes.reduce((inner, scope) => scope.around(inner), look);
  const send = <T>(input: RequestInput<T>): DataTask<T> => {
    try {
      return new DataTask(
        buildRequest(ground, input),
        handler,
        decoderOf(Object.hasOwn(input, 'decode') ? input.decode : undefined),
        within,
      );
    } catch (cause) {
      return failed(input, cause);
    }
  };
  const verb =
    (method: string) =>
    <T>(url: string, given?: DeleteOptions<T>): DataTask<T> =>
      send({ ...given, method, url });
  const verbWithBody =
    (method: string) =>
    <T>(url: string, body?: BodyInput, given?: RequestOptions<T>): DataTask<T> =>
      send(body === undefined ? { ...given, method, url } : { ...given, method, url, body });
  return {
    get: verb('GET'),
    head: verb('HEAD'),
    options: verb('OPTIONS'),
    delete: verb('DELETE'),
    post: verbWithBody('POST'),
    put: verbWithBody('PUT'),
    patch: verbWithBody('PATCH'),
    request: <T>(request: RequestInput<T> | TaskRequest): DataTask<T> =>
      request instanceof TaskRequest
        ? new DataTask(atHome(request, ground.base?.origin), handler, asJson as Decoder<T>, within)
        : send(request),
    with: (...changes) => clientOf(changes.reduce(changed, options), scopes),
    scope: () => {
      const scope = new Scope();
      const child = clientOf(options, [...scopes, scope]);
      return Object.defineProperty(
        {
          ...child,
          closed: false,
          unsubscribe: () => {
            scope.end();
          },
        },
        'closed',
        { get: () => scope.ended },
      );
    },
  };
}

function changed(options: ClientOptions, change: Interceptor | ClientOptions): ClientOptions {
  if (typeof change === 'function')
    return { ...options, interceptors: [...(options.interceptors ?? []), change] };
  const checked = checkedOptions(change);
  return {
    ...options,
    ...checked,
    ...(checked.context === undefined
      ? {}
      : { context: [...(options.context ?? []), ...checked.context] }),
  };
}

/** The chain of a client, from the user's interceptors to the wire. */
function handlerOf(options: ClientOptions, scopes: readonly Scope[]): TaskHandler {
  const { redirect } = options;
  const holds =
    redirect === false
      ? [refused]
      : [followRedirects(redirect, (request) => wire(request)), refused];
  const wire = publish(options.factory ?? routedFactory(ownRouter()), holds);
  const own: Interceptor[] = [];
  if (typeof options.headers === 'function') own.push(freshHeaders(options.headers));
  if (options.xsrf !== false && hasDocument(options)) own.push(xsrf(options.xsrf));
  for (const { guard } of scopes) own.push(guard);
  return compose([...(options.interceptors ?? []), ...own], wire);
}

/** Header fields read anew for each attempt; those of the request win. */
function freshHeaders(read: () => HeaderFieldsInit): Interceptor {
  return (request, next) =>
    next(request.clone({ headers: HeaderFields.from(read()).merge(request.headers) }));
}

/** A request that was made elsewhere: credentials that are bound to the base are bound to this client's. */
function atHome(request: TaskRequest, origin: string | undefined): TaskRequest {
  return request.context.get(BASE_ORIGIN) === origin
    ? request
    : request.clone({ context: request.context.with([BASE_ORIGIN.of(origin)]) });
}

function hasDocument({ xsrf: given }: ClientOptions): boolean {
  return given !== undefined || 'document' in globalThis;
}

function failed<T>(
  input: Partial<RequestInput<T>> | null | undefined,
  cause: unknown,
): DataTask<T> {
  const error = fromInput(cause);
  const url = typeof input?.url === 'string' ? input.url : '';
  return new DataTask<T>(
    new TaskRequest({ url, signal: undefined }),
    () => throwError(() => error),
    asJson as Decoder<T>,
  );
}
