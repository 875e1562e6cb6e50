import { HeaderFields } from '../http/header-fields.js';
import type { ResponseHead } from '../http/response.js';

/** The head of a response that an XMLHttpRequest is still receiving. */
export function receivedHead(xhr: unknown, asked: string): ResponseHead | undefined {
  if (typeof xhr !== 'object' || xhr === null || !('getAllResponseHeaders' in xhr))
    return undefined;
  const { status, statusText, responseURL } = xhr as XMLHttpRequest;
  if (status === 0) return undefined;
  const fields = Object.create(null) as Record<string, string>;
  for (const line of (xhr as XMLHttpRequest).getAllResponseHeaders().split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return {
    status,
    statusText,
    headers: HeaderFields.received(fields),
    url: responseURL === '' ? asked : responseURL,
  };
}
