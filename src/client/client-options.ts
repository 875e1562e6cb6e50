import type { SchedulerLike } from 'rxjs';
import { type ContextEntry, TaskContext, checkedEntries } from '../http/context.js';
import { HeaderFields, type HeaderFieldsInit } from '../http/header-fields.js';
import { invalid } from '../http/invalid-input.js';
import { checkCount, checkFunction, checkOptionNames, ownOptions } from '../http/option-checks.js';
import { parseBaseUrl } from '../http/url.js';
import { checkingInput } from '../errors/from-input.js';
import type { RedirectOptions } from '../policies/redirect.js';
import { LIMITS, type ResponseLimits } from '../task/limits.js';
import { BASE_ORIGIN, RANDOM, SCHEDULER } from '../task/surroundings.js';
import type { DataTaskPublisherFactory, Interceptor } from '../task/task-handler.js';
import type { RequestGround } from './request-options.js';
import type { XsrfOptions } from './xsrf.js';

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

const KNOWN: readonly (keyof ClientOptions)[] = [
  'baseUrl',
  'allowAbsoluteUrls',
  'headers',
  'factory',
  'interceptors',
  'context',
  'scheduler',
  'random',
  'redirect',
  'limits',
  'xsrf',
];

/** A private copy of the options, every one of them checked. @throws TaskError `request` that names the option */
export function checkedOptions(given: ClientOptions): ClientOptions {
  return checkingInput(() => {
    if (typeof given !== 'object' || (given as unknown) === null)
      throw invalid('options', 'an object', given);
    checkOptionNames('', given, KNOWN);
    const options = ownOptions(given);
    const { factory, interceptors, headers } = options;
    if (
      factory !== undefined &&
      typeof (factory as Partial<DataTaskPublisherFactory>).make !== 'function'
    )
      throw invalid('factory', 'an object with make(request)', factory);
    if (interceptors !== undefined && !Array.isArray(interceptors))
      throw invalid('interceptors', 'a list', interceptors);
    interceptors?.forEach((one, index) => {
      checkFunction(`interceptors[${String(index)}]`, one);
    });
    if (
      options.scheduler !== undefined &&
      typeof (options.scheduler as Partial<SchedulerLike>).schedule !== 'function'
    )
      throw invalid('scheduler', 'an RxJS scheduler', options.scheduler);
    if (options.random !== undefined) checkFunction('random', options.random);
    if (options.allowAbsoluteUrls !== undefined && typeof options.allowAbsoluteUrls !== 'boolean')
      throw invalid('allowAbsoluteUrls', 'true or false', options.allowAbsoluteUrls);
    if (options.limits !== undefined)
      checkOptionNames('limits', options.limits, [
        'bufferedBytes',
        'streamedBytes',
        'errorBodyBytes',
      ]);
    for (const [name, bytes] of Object.entries(options.limits ?? {}))
      checkCount(`limits.${name}`, bytes, 0, true);
    return {
      ...options,
      ...(headers === undefined || typeof headers === 'function'
        ? {}
        : { headers: HeaderFields.from(headers) }),
      ...(interceptors === undefined
        ? {}
        : { interceptors: [...(interceptors as readonly Interceptor[])] }),
      ...(options.context === undefined ? {} : { context: [...checkedEntries(options.context)] }),
      // Read again by every client that is made of this one: copied too.
      ...(typeof options.redirect === 'object' ? { redirect: ownOptions(options.redirect) } : {}),
      ...(options.limits === undefined ? {} : { limits: ownOptions(options.limits) }),
      ...(typeof options.xsrf === 'object' ? { xsrf: ownOptions(options.xsrf) } : {}),
    };
  });
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
