import { Readable } from 'node:stream';
import { Observable } from 'rxjs';
import { type Column, hot, load } from '../column.js';

const { default: client } = await load('got');

export const got: Column = {
  name: 'got',
  get: (url, { timeoutMs, signal, ...rest } = {}) =>
    hot(
      (left) =>
        client(url, {
          ...rest,
          signal: left,
          retry: { limit: 0 },
          ...(timeoutMs === undefined ? {} : { timeout: { request: timeoutMs } }),
        }).json(),
      signal,
    ),
  bytes: (url) =>
    new Observable((subscriber) => {
      const stream = client.stream(url, { retry: { limit: 0 } });
      stream.on('data', (bytes: Uint8Array) => subscriber.next(bytes));
      stream.on('error', (error: unknown) => subscriber.error(error));
      stream.on('end', () => subscriber.complete());
      return () => stream.destroy();
    }),
  upload: (url, open) =>
    hot((signal) =>
      client.put(url, { body: Readable.from(open(), { objectMode: false }), signal }),
    ),
  again: (url, { method = 'GET', body, maxRetryAfterMs, token, headers } = {}) =>
    hot((signal) =>
      client(url, {
        method,
        signal,
        ...(headers ? { headers } : {}),
        ...(body ? { body: Readable.from(body, { objectMode: false }) } : {}),
        retry: {
          limit: 2,
          calculateDelay: ({ computedValue }: any) => computedValue && 1,
          ...(maxRetryAfterMs ? { maxRetryAfter: maxRetryAfterMs } : {}),
        },
        hooks: {
          beforeRequest: token
            ? [(options: any) => void (options.headers['authorization'] = token())]
            : [],
        },
      }).text(),
    ),
};
