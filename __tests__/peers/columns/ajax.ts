import { retry } from 'rxjs';
import { ajax as rxjsAjax } from 'rxjs/ajax';
import { type Asking, type Column, type Made, load } from '../column.js';

const { default: xhr2 } = await load('xhr2');

function ask(url: string, { timeoutMs, method = 'GET', headers }: Asking = {}) {
  return rxjsAjax({
    url,
    method,
    createXHR: () => new xhr2.XMLHttpRequest(),
    ...(headers ? { headers } : {}),
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
  });
}

/** In Node over the package xhr2: the newest XMLHttpRequest there is for it. */
export const ajax: Column = {
  name: 'rxjs ajax',
  standsIn: true,
  get: (url, asking): Made => ask(url, asking),
  retried: (url) => ask(url).pipe(retry(2)),
};
