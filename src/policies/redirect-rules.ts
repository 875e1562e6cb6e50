import { taskError } from '../errors/task-error.js';
import type { HeaderFields } from '../http/header-fields.js';
import { redactUrl } from '../http/redact.js';
import type { TaskRequest } from '../http/request.js';
import type { ResponseHead } from '../http/response.js';
import { ABROAD } from '../task/abroad.js';

/** What may go along to another origin; everything else stays home (credentials, cookies, the caller's own names). */
const GOES_ABROAD = new Set([
  'accept',
  'accept-language',
  'accept-encoding',
  'cache-control',
  'content-language',
  'content-type',
  'pragma',
  'range',
  'user-agent',
]);
const OF_THE_BODY = new Set([
  'content-encoding',
  'content-language',
  'content-location',
  'content-type',
  'content-length',
  'digest',
  'content-digest',
  'repr-digest',
  'transfer-encoding',
]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * The request of the next hop, or `undefined` when the answer is no redirect.
 * @throws TaskError `redirect` for too many hops or a place that must not be gone to
 */
export function nextHop(
  request: TaskRequest,
  head: ResponseHead,
  allow: (to: URL, from: URL) => boolean,
  { hops, maxHops }: { readonly hops: number; readonly maxHops: number },
): TaskRequest | undefined {
  if (!REDIRECTS.has(head.status)) return undefined;
  const location = head.headers.get('location');
  if (location === undefined) return undefined;
  const refuse = (code: string, message: string): Error =>
    taskError('redirect', { location: redactUrl(location), hops }, { request, code, message });
  const from = new URL(request.url);
  let to: URL;
  try {
    to = new URL(location, from);
  } catch {
    throw refuse('REDIRECT_MALFORMED', 'redirected to what is no URL');
  }
  if (to.protocol !== 'http:' && to.protocol !== 'https:')
    throw refuse(
      'REDIRECT_SCHEME',
      `redirected to ${to.protocol}, which is neither http nor https`,
    );
  if (to.username !== '' || to.password !== '')
    throw refuse('REDIRECT_CREDENTIALS', 'redirected to a URL with a user name or password');
  if (hops >= maxHops)
    throw refuse('REDIRECT_LIMIT', `redirected more than ${String(maxHops)} times`);
  if (!allow(to, from))
    throw refuse(
      'REDIRECT_REFUSED',
      `redirected to ${to.origin}, which the redirect guard refused`,
    );
  to.hash = '';
  const toGet =
    head.status === 303
      ? request.method !== 'GET' && request.method !== 'HEAD'
      : head.status <= 302 && request.method === 'POST';
  const sameOrigin = from.origin === to.origin;
  const keep = keeper(sameOrigin, toGet || request.body === undefined);
  return request.clone({
    url: to.href,
    method: toGet ? 'GET' : request.method,
    body: toGet ? undefined : request.body,
    headers: only(request.headers, keep),
    context: sameOrigin ? request.context : request.context.with([ABROAD.of(true)]),
  });
}

function keeper(sameOrigin: boolean, withoutBody: boolean): (name: string) => boolean {
  return (name) =>
    (sameOrigin ? name !== 'host' : GOES_ABROAD.has(name)) &&
    !(withoutBody && OF_THE_BODY.has(name));
}

function only(headers: HeaderFields, keep: (name: string) => boolean): HeaderFields {
  let kept = headers;
  for (const [name] of headers) if (!keep(name)) kept = kept.delete(name);
  return kept;
}
