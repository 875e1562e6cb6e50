import {
  authenticate,
  axiosFactory,
  type ClientOptions,
  createClient,
  deadline,
  dedupe,
  type Interceptor,
  retryTransient,
} from 'coldwire';
import { retry } from 'rxjs';
import type { Column } from '../column.js';

const client = (options: ClientOptions = {}) =>
  createClient({ factory: axiosFactory(), ...options });

export const coldwire: Column = {
  name: 'coldwire',
  get: (url, { timeoutMs, method = 'GET', ...rest } = {}) => {
    const task = client().request({ url, method, ...rest });
    return timeoutMs === undefined ? task : task.pipe(deadline(timeoutMs));
  },
  bytes: (url) => client().get(url).bytes,
  upload: (url, open) => client().put(url, open),
  again: (url, { method = 'GET', body, maxRetryAfterMs, token, ...rest } = {}) => {
    const again = retryTransient({
      maxAttempts: 3,
      baseDelayMs: 0,
      ...(maxRetryAfterMs === undefined ? {} : { maxRetryAfterMs }),
    });
    const tokened: Interceptor = (request, next) =>
      next(request.clone({ headers: request.headers.set('Authorization', token?.() ?? '') }));
    return client({ interceptors: token ? [again, tokened] : [again] }).request({
      url,
      method,
      ...(body ? { body } : {}),
      ...rest,
    });
  },
  retried: (url) => client().get(url).pipe(retry(2)),
  adapters: (['http', 'fetch'] as const).map(
    (adapter) => (url) => client({ factory: axiosFactory({ adapter }) }).get(url),
  ),
  renewing: (origin, first, renew) => {
    const auth = authenticate<string>({
      credential: first,
      origins: [origin],
      apply: (request, token) =>
        request.clone({ headers: request.headers.set('Authorization', token) }),
      refresh: renew,
    });
    const renewing = client({ interceptors: [auth] });
    return (url) => renewing.get(url);
  },
  sharing: () => {
    const sharing = client({ interceptors: [dedupe()] });
    return (url) => sharing.get(url);
  },
};
