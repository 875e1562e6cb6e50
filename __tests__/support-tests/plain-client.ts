import {
  Agent,
  request as requestOf,
  type ClientRequest,
  type IncomingHttpHeaders,
  type RequestOptions,
} from 'node:http';
import { request as tlsRequestOf } from 'node:https';

export interface PlainAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Asks with bare `node:http`; rejects with its error when the answer is not complete. */
export function ask(
  url: string,
  options: RequestOptions & { ca?: string } = {},
  body?: string | Uint8Array,
): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    const request = start(url, options);
    request.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (bytes: Buffer) => parts.push(bytes));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(parts),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** The same without an end: the caller writes, ends or destroys it. */
export function start(url: string, options: RequestOptions & { ca?: string } = {}): ClientRequest {
  const request = url.startsWith('https:')
    ? tlsRequestOf(url, { agent: false, ...options })
    : requestOf(url, { agent: false, ...options });
  request.on('error', () => undefined);
  return request;
}

export const keepAlive = (): Agent => new Agent({ keepAlive: true, maxSockets: 1 });

/** The code (or else the message) of the error of a promise that must fail. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  }
  throw new Error('it did not fail');
}
