import { HeaderFields } from '../http/header-fields.js';

/** What we read of what axios resolves with. An interceptor of the user's may have put something else in its place. */
export interface AxiosAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeaderFields;
  readonly data: unknown;
  /** The platform's request. */
  readonly request: unknown;
}

/** Reads what axios resolved with; an interceptor may have kept no more of the response than its body. */
export function answerOf(
  value: unknown,
  received?: { readonly status: number; readonly headers: HeaderFields },
): AxiosAnswer {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (typeof given['status'] !== 'number') return { ...EMPTY, ...received, data: value };
  return {
    status: given['status'],
    statusText: typeof given['statusText'] === 'string' ? given['statusText'] : '',
    headers: fieldsOf(given['headers']),
    data: given['data'],
    request: given['request'],
  };
}

const EMPTY = { status: 200, statusText: '', headers: HeaderFields.empty, request: undefined };

/** The fields of an AxiosHeaders or a record, lower-case. */
function fieldsOf(headers: unknown): HeaderFields {
  if (typeof headers !== 'object' || headers === null) return HeaderFields.empty;
  const plain =
    typeof (headers as { toJSON?: unknown }).toJSON === 'function'
      ? (headers as { toJSON(): object }).toJSON()
      : headers;
  const record = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of Object.entries(plain)) {
    if (value === undefined || value === null || value === false) continue;
    record[name.toLowerCase()] = Array.isArray(value) ? value.map(String) : String(value);
  }
  return HeaderFields.received(record);
}

/** A body that was collected, or that an interceptor made, as bytes; `undefined` for a stream. */
export function bytesOf(data: unknown): Uint8Array | undefined {
  if (data === undefined || data === null) return new Uint8Array();
  if (data instanceof Uint8Array) return data;
  if (Object.prototype.toString.call(data) === '[object ArrayBuffer]')
    return new Uint8Array(data as ArrayBuffer);
  if (isStream(data)) return undefined;
  return new TextEncoder().encode(typeof data === 'string' ? data : JSON.stringify(data));
}

/** A stream of Node, of the web, or a blob. */
function isStream(data: unknown): boolean {
  return (
    typeof data === 'object' &&
    data !== null &&
    ('getReader' in data || 'pipe' in data || 'arrayBuffer' in data)
  );
}
