import { ReadableStream } from 'node:stream/web';
import { retry, timeout } from 'rxjs';
import { fromFetch as rxjsFromFetch } from 'rxjs/fetch';
import type { Asking, Column } from '../column.js';

function ask(url: string, { timeoutMs, ...init }: Asking = {}) {
  return rxjsFromFetch(url, { ...init, selector: body });
}

async function body(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`answered ${response.status}`);
  return response.json();
}

/** With a `selector` that reads the body, and RxJS's own `timeout`. */
export const fromFetch: Column = {
  name: 'rxjs fromFetch',
  get: (url, asking = {}) => {
    const asked = ask(url, asking);
    return asking.timeoutMs === undefined ? asked : asked.pipe(timeout(asking.timeoutMs));
  },
  bytes: (url) =>
    rxjsFromFetch(url, {
      selector: (response) => response.body as unknown as AsyncIterable<Uint8Array>,
    }),
  upload: (url, open) => {
    const init = { method: 'PUT', body: ReadableStream.from(open()), duplex: 'half' };
    return rxjsFromFetch(url, init as unknown as RequestInit);
  },
  retried: (url) => ask(url).pipe(retry(2)),
};
