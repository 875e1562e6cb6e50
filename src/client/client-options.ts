import type { SchedulerLike } from 'rxjs';
import { type ContextEntry, TaskContext, checkedEntries } from '../http/context.js';
import { HeaderFields, type HeaderFieldsInit } from '../http/header-fields.js';
import { invalid } from '../http/invalid-input.js';
import {
  type Checks,
  checkFlag,
  checkFunction,
  checkList,
  checkScheduler,
  countFrom,
  readOptions,
} from '../http/option-checks.js';
import { parseBaseUrl } from '../http/url.js';
import { checkingInput } from '../errors/from-input.js';
import { REDIRECT_CHECKS, type RedirectOptions } from '../policies/redirect.js';
import { LIMITS, type ResponseLimits } from '../task/limits.js';
import { BASE_ORIGIN, RANDOM, SCHEDULER } from '../task/surroundings.js';
import type { DataTaskPublisherFactory, Interceptor } from '../task/task-handler.js';
import type { RequestGround } from './request-options.js';
import { XSRF_CHECKS, type XsrfOptions } from './xsrf.js';

/** How a client makes its requests. Everything has a default; the options are copied when the client is made. */
export interface ClientOptions {
  /** An absolute http(s) URL that paths are appended to. */
  readonly baseUrl?: string;
  /** Whether a request may name an absolute URL of another origin than the base's. Default `false`. */
  readonly allowAbsoluteUrls?: boolean;
  /** Header fields of every request, or a function that gives them anew for each attempt. */
  readonly headers?: HeaderFieldsInit | (() => HeaderFieldsInit);
  /** What makes the exchanges. Default axios: http in Node, XMLHttpRequest and fetch in browsers. */
  readonly factory?: DataTaskPublisherFactory;
  /** Interceptors and policies, the first one outermost: the order is the meaning. */
  readonly interceptors?: readonly Interceptor[];
  /** Typed values of every request. */
  readonly context?: readonly (ContextEntry<never> | ContextEntry)[];
  /** The clock of every policy. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
  /** Randomness of every policy: numbers from 0 to below 1. Default `Math.random`. */
  readonly random?: () => number;
  /** How redirects are followed; `false` makes each a `status` error. Default up to 20 hops. */
  readonly redirect?: RedirectOptions | false;
  /** Bounds on responses, in bytes. */
  readonly limits?: Partial<ResponseLimits>;
  /** The XSRF cookie and header for the page's own origin; `false` for none. Browsers only. Default on. */
  readonly xsrf?: XsrfOptions | false;
}

const LIMIT_CHECKS: Checks<Partial<ResponseLimits>> = {
  bufferedBytes: countFrom(0, true),
  streamedBytes: countFrom(0, true),
  errorBodyBytes: countFrom(0, true),
};

const CHECKS: Checks<ClientOptions> = {
  // Read against the page, when the client is made of them.
  baseUrl: (_field, url) => url,
  allowAbsoluteUrls: checkFlag,
  headers: (_field, headers: HeaderFieldsInit | (() => HeaderFieldsInit)) =>
    typeof headers === 'function' ? headers : HeaderFields.from(headers),
  factory: checkFactory,
  interceptors: (field, list: readonly Interceptor[]) =>
    checkList(field, 'a list', list).map((one, index) =>
      checkFunction(`${field}[${String(index)}]`, one),
    ),
  context: (_field, entries: readonly ContextEntry[]) => [...checkedEntries(entries)],
  scheduler: checkScheduler,
  random: checkFunction,
  redirect: orOff(REDIRECT_CHECKS),
  limits: (field, limits: Partial<ResponseLimits>) => readOptions(field, limits, LIMIT_CHECKS),
  xsrf: orOff(XSRF_CHECKS),
};

function orOff<T extends object>(
  checks: Checks<T>,
): (field: string, value: T | false) => T | false {
  return (field, value) => (value === false ? value : readOptions(field, value, checks));
}

function checkFactory(field: string, factory: DataTaskPublisherFactory): DataTaskPublisherFactory {
  if (typeof (factory as Partial<DataTaskPublisherFactory> | null)?.make !== 'function')
    throw invalid(field, 'an object with make(request)', factory);
  return factory;
}

/** A private copy of the options, every one of them checked. @throws TaskError `request` that names the option */
export function checkedOptions(given: ClientOptions): ClientOptions {
  return checkingInput(() => readOptions('', given, CHECKS));
}

/** What of the options every request is built on. */
export function groundOf(options: ClientOptions): RequestGround {
  return checkingInput(() => {
    const { limits, scheduler, random } = options;
    const entries: ContextEntry[] = [...(options.context ?? [])] as ContextEntry[];
    if (scheduler !== undefined) entries.push(SCHEDULER.of(scheduler));
    if (random !== undefined) entries.push(RANDOM.of(random));
    if (limits !== undefined) entries.push(LIMITS.of({ ...LIMITS.initial, ...limits }));
    const base = options.baseUrl === undefined ? undefined : parseBaseUrl(options.baseUrl);
    if (base !== undefined) entries.push(BASE_ORIGIN.of(base.origin));
    return {
      base,
      allowAbsoluteUrls: options.allowAbsoluteUrls ?? false,
      headers:
        typeof options.headers === 'function'
          ? HeaderFields.empty
          : HeaderFields.from(options.headers),
      context: entries.length === 0 ? TaskContext.empty : TaskContext.of(entries),
    };
  });
}
