import type { TaskRequest } from '../http/request.js';

/** Field names in lower case, without a prototype: what axios is given. */
export type HeaderRecord = Record<string, string | string[]>;

/** What axios asks for by default, too. */
const ACCEPT = 'application/json, text/plain, */*';

/** The fields of the request, with what a body and its framing add. */
export function headerRecord(
  request: TaskRequest,
  body: { readonly contentType: string | undefined; readonly length: number | undefined } | undefined,
): HeaderRecord {
  const record = request.headers.toRecord();
  record['accept'] ??= ACCEPT;
  if (body === undefined) return record;
  const named = request.headers.get('content-type');
  // A form without its boundary cannot be read.
  const bare = body.contentType?.startsWith('multipart/') === true && named?.includes('boundary=') !== true;
  if (body.contentType !== undefined && (named === undefined || bare)) record['content-type'] = body.contentType;
  if (body.length !== undefined) record['content-length'] = String(body.length);
  // Node frames a GET or DELETE body of unknown length only when it is told to: unframed it would be the next request.
  else record['transfer-encoding'] = 'chunked';
  return record;
}
