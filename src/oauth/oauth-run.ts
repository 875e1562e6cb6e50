import { type CustomFetchOptions } from 'oauth4webapi';
import { Observable } from 'rxjs';
import { AUTH } from '../auth/auth.js';
import type { Client } from '../client/client.js';
import { asBytes } from '../decode/decoder.js';
import type { TaskRequest } from '../http/request.js';
import type { TaskResponse } from '../http/response.js';
import { ACCEPT_STATUS, LIMITS } from '../task/limits.js';
import { schedulerFor } from '../task/surroundings.js';
import { oauthError } from './oauth-error.js';

/** What the library sends its requests with. */
export type Send = (
  url: string,
  options: CustomFetchOptions<string, URLSearchParams | null | undefined>,
) => Promise<Response>;

/** One exchange with an authorisation server. */
export interface OAuthRun {
  readonly send: Send;
  readonly signal: AbortSignal;
  /** When the request was sent, by the client's clock, in milliseconds. */
  sentAtMs(): number;
}

/** No answer of an authorisation server is as long. */
const MOST_BYTES = 1_048_576;
const BODILESS = new Set([204, 205, 304]);

/**
 * Runs what the library does with a client of coldwire in the place of `fetch`: its policies stand around the request,
 * leaving aborts it, and what goes wrong is a `TaskError` that tells none of the secrets. The request carries
 * `AUTH.of(false)`, so it never waits for a credential that waits for it.
 */
export function run<T>(
  client: Client,
  secrets: readonly (string | undefined)[],
  work: (run: OAuthRun) => Promise<T>,
): Observable<T> {
  return new Observable((subscriber) => {
    const leaving = new AbortController();
    let request: TaskRequest | undefined;
    let sentAtMs = 0;
    const send: Send = (url, options) => {
      const task = sending(client, url, options);
      request = task.request;
      sentAtMs = schedulerFor(request, undefined).now();
      return new Promise((resolve, reject) => {
        task.response.subscribe({
          next: (response) => {
            resolve(asPlatformResponse(response));
          },
          error: reject,
        });
      });
    };
    work({ send, signal: leaving.signal, sentAtMs: () => sentAtMs }).then(
      (value) => {
        subscriber.next(value);
        subscriber.complete();
      },
      (cause: unknown) => {
        subscriber.error(oauthError(cause, request, secrets));
      },
    );
    return () => {
      leaving.abort();
    };
  });
}

function sending(
  client: Client,
  url: string,
  { method, headers, body, signal }: CustomFetchOptions<string, URLSearchParams | null | undefined>,
): ReturnType<typeof client.request<Uint8Array>> {
  const direct = client.with({ redirect: false, allowAbsoluteUrls: true });
  return direct.request<Uint8Array>({
    method,
    url,
    headers,
    ...(body === undefined || body === null ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
    decode: asBytes,
    context: [
      AUTH.of(false),
      ACCEPT_STATUS.of(isForTheLibrary),
      LIMITS.of({ ...LIMITS.initial, bufferedBytes: MOST_BYTES }),
    ],
  });
}

/** Refusals have a body that says why; a redirect, too many requests or a failing server are errors like everywhere. */
function isForTheLibrary(status: number): boolean {
  return (
    (status >= 200 && status < 300) ||
    (status >= 400 && status < 500 && !/^4(?:08|29)$/.test(String(status)))
  );
}

function asPlatformResponse({ status, headers, body }: TaskResponse<Uint8Array>): Response {
  // With a challenge the library looks no further, and the body says more.
  const told = [...headers.delete('www-authenticate')];
  return new Response(BODILESS.has(status) ? null : (body as Uint8Array<ArrayBuffer>), {
    status,
    headers: told,
  });
}

/** The time by a client's clock, in milliseconds. */
export function nowOf(client: Client): number {
  return schedulerFor(client.get('/').request, undefined).now();
}
