import { ownOptions } from '../http/option-checks.js';
import { adapterOf } from './adapter-of.js';
import type { AxiosLike } from './factory-options.js';
import type { AdapterName, NodeTransport, Route, Send } from './platform.js';

/** What is the client's to decide, and would be decided twice, or differently on each adapter. */
const OWNED = {
  allowAbsoluteUrls: true,
  decompress: false,
  transformRequest: [],
  transformResponse: [],
  transitional: { clarifyTimeoutError: true },
  validateStatus: () => true,
  withXSRFToken: false,
} as const;

/** What of an instance's defaults says how to reach a host, and goes along to any. */
const TRAVELS = [
  'adapter',
  'env',
  'family',
  'http2Options',
  'httpAgent',
  'httpVersion',
  'httpsAgent',
  'lookup',
  'maxBodyLength',
  'maxContentLength',
  'maxRate',
  'proxy',
  'timeout',
  'timeoutErrorMessage',
];

/** Through the instance: its interceptors run, its defaults hold. */
export function instanceRoute(
  instance: AxiosLike,
  name: AdapterName | undefined,
  withCredentials: boolean | undefined,
): Route {
  return routeOf(instance, withCredentials, (config) => {
    const { data, headers } = config as {
      readonly data?: unknown;
      readonly headers: Record<string, unknown>;
    };
    // Otherwise axios says that a POST without a body is a form.
    if (data === undefined) headers['content-type'] ??= false;
    withoutFraming(headers, instance);
    return instance.request({
      __proto__: null,
      ...OWNED,
      ...(name === undefined ? undefined : { adapter: name }),
      ...config,
    });
  });
}

/**
 * To another origin, after a redirect: neither the instance's header fields and credentials nor its interceptors, which
 * may add some. axios itself does the same where it follows redirects.
 */
export function travellingRoute(
  instance: AxiosLike,
  name: AdapterName | undefined,
  withCredentials: boolean | undefined,
): Route {
  const defaults = instance.defaults as Readonly<Record<string, unknown>>;
  const travelling = Object.fromEntries(
    TRAVELS.filter((key) => Object.hasOwn(defaults, key)).map((key) => [key, defaults[key]]),
  );
  const adapter = adapterOf(name ?? defaults['adapter']);
  return routeOf(instance, withCredentials, (config) => {
    const { fetchOptions, headers } = config as Readonly<Record<string, object>>;
    if (headers !== undefined) withoutFraming(headers, instance);
    return adapter({
      __proto__: null,
      ...travelling,
      ...OWNED,
      ...config,
      fetchOptions: { ...(defaults['fetchOptions'] as object | undefined), ...fetchOptions },
    });
  });
}

/** HTTP/2 frames bodies itself, and refuses to be told (RFC 9113 section 8.2.2). */
function withoutFraming(headers: object, { defaults }: AxiosLike): void {
  const { httpVersion } = ownOptions(defaults as { httpVersion?: unknown });
  if (Number(httpVersion) === 2) delete (headers as Record<string, unknown>)['transfer-encoding'];
}

/** The adapters that an instance would try, by name; `undefined` when it brings a function of its own. */
export function adapterNames(instance: AxiosLike): readonly AdapterName[] | undefined {
  const { adapter } = instance.defaults as { readonly adapter?: unknown };
  const names = (Array.isArray(adapter) ? adapter : [adapter ?? 'http']) as readonly unknown[];
  return names.every((name) => typeof name === 'string')
    ? (names as readonly AdapterName[])
    : undefined;
}

function routeOf(instance: AxiosLike, withCredentials: boolean | undefined, send: Send): Route {
  const { env, maxBodyLength, transport } = ownOptions(
    instance.defaults as {
      env?: { fetch?: typeof fetch };
      maxBodyLength?: unknown;
      transport?: NodeTransport;
    },
  );
  const isBound = typeof maxBodyLength === 'number' && maxBodyLength > -1;
  return {
    send,
    isInstance: true,
    maxBodyBytes: isBound ? maxBodyLength : Infinity,
    transport,
    fetch: env && ownOptions(env).fetch,
    withCredentials,
  };
}
