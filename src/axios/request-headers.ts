import type { TaskRequest } from '../http/request.js';

/** Field names in lower case, without a prototype: what axios is given. */
export type HeaderRecord = Record<string, string | string[]>;

/** What axios asks for by default, too. */
const ACCEPT = 'application/json, text/plain, */*';

/** The fields of the request, with the type of its body. */
export function headerRecord(request: TaskRequest, contentType: string | undefined): HeaderRecord {
  const record = request.headers.toRecord();
  record['accept'] ??= ACCEPT;
  if (contentType === undefined) return record;
  const named = request.headers.get('content-type');
  // A form without its boundary cannot be read.
  const isBareForm = contentType.startsWith('multipart/') && named?.includes('boundary=') !== true;
  if (named === undefined || isBareForm) record['content-type'] = contentType;
  return record;
}

/** Says how long the body is. Node frames a GET or DELETE body of unknown length only when told: unframed it would be the next request. */
export function frame(record: HeaderRecord, length: number | undefined): void {
  if (length === undefined) record['transfer-encoding'] = 'chunked';
  else record['content-length'] = String(length);
}

/** Where a platform takes one value a name: several lines as one list (RFC 9110 section 5.3). */
export function asLists(record: HeaderRecord): HeaderRecord {
  for (const [name, value] of Object.entries(record))
    if (Array.isArray(value)) record[name] = value.join(', ');
  return record;
}
