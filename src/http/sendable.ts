import { HeaderFields } from './header-fields.js';
import { invalid } from './invalid-input.js';
import type { TaskRequest } from './request.js';
import { checkHttpUrl } from './url.js';

const PLAIN_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']);
const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const UNSENDABLE = /^(CONNECT|TRACK)$/;

/**
 * Refuses what must not reach a publisher, whoever made the request or changed it on the way.
 * @throws InvalidInput for the URL, the method or the framing
 */
export function checkSendable({ url, method, headers }: TaskRequest): void {
  checkHttpUrl(url);
  checkedMethod(method);
  checkUnframed(headers);
}

/** A method in upper case. @throws InvalidInput for what is none, or none of ours */
export function checkedMethod(method: string): string {
  if (method === 'GET' || PLAIN_METHODS.has(method)) return method;
  if (typeof method !== 'string' || !METHOD.test(method))
    throw invalid('method', 'a token of RFC 9110', method);
  const upper = method.toUpperCase();
  if (UNSENDABLE.test(upper)) throw invalid('method', 'CONNECT and TRACK cannot be sent', upper);
  return upper;
}

/** Two lengths, or a wrong one, make two requests of one (RFC 9112 section 6.3). @throws InvalidInput */
export function checkUnframed(headers: HeaderFields): void {
  // Most requests have none.
  if (headers === HeaderFields.empty) return;
  if (headers.has('content-length') || headers.has('transfer-encoding'))
    throw invalid(
      'headers.content-length',
      'the framing of the body is computed, never taken from the caller',
      undefined,
      'INVALID_HEADER',
    );
}
