import { type Observable, retry } from 'rxjs';
import { type Column, load } from '../column.js';

const { angularClient } = await load(new URL('../rivals/angular.mjs', import.meta.url).href);
const http = angularClient();

export const angular: Column = {
  name: 'Angular HttpClient',
  get: (url, { timeoutMs, method = 'GET', headers } = {}) =>
    http.request(method, url, {
      ...(headers ? { headers } : {}),
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    }),
  again: (url, { method = 'GET', token, headers } = {}) => {
    const again = (request: unknown, next: (request: unknown) => Observable<unknown>) =>
      next(request).pipe(retry(2));
    const tokened = (request: any, next: (request: unknown) => Observable<unknown>) =>
      next(token ? request.clone({ setHeaders: { Authorization: token() } }) : request);
    return angularClient({ interceptors: [again, tokened] }).request(
      method,
      url,
      headers ? { headers } : {},
    );
  },
  retried: (url) => http.get(url).pipe(retry(2)),
};
