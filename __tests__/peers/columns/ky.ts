import { ReadableStream } from 'node:stream/web';
import { Observable } from 'rxjs';
import { type Column, hot, load } from '../column.js';

const { default: client } = await load('ky');

export const ky: Column = {
  name: 'ky',
  get: (url, { timeoutMs, signal, ...rest } = {}) =>
    hot(
      (left) =>
        client(url, { ...rest, signal: left, retry: 0, timeout: timeoutMs ?? false }).json(),
      signal,
    ),
  bytes: (url) =>
    new Observable((subscriber) => {
      const controller = new AbortController();
      client(url, { signal: controller.signal, retry: 0 })
        .then(async (response: any) => {
          for await (const bytes of response.body) subscriber.next(bytes);
          subscriber.complete();
        })
        .catch((error: unknown) => subscriber.error(error));
      return () => controller.abort();
    }),
  upload: (url, open) =>
    hot((signal) =>
      client.put(url, {
        body: ReadableStream.from(open()),
        duplex: 'half',
        signal,
        timeout: false,
      }),
    ),
  again: (url, { method = 'GET', body, maxRetryAfterMs, token, headers } = {}) =>
    hot((signal) =>
      client(url, {
        method,
        signal,
        ...(headers ? { headers } : {}),
        ...(body ? { body: ReadableStream.from(body), duplex: 'half' } : {}),
        retry: {
          limit: 2,
          delay: () => 1,
          ...(maxRetryAfterMs ? { maxRetryAfter: maxRetryAfterMs } : {}),
        },
        hooks: token ? { beforeRequest: [sending(token)], beforeRetry: [sending(token)] } : {},
      }).text(),
    ),
};

const sending =
  (token: () => string) =>
  ({ request }: any): void =>
    request.headers.set('Authorization', token());
