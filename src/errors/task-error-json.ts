import { cap, isSecretName, redactHeaders, redactUrl } from '../http/redact.js';
import type { TaskResponse } from '../http/response.js';
import { isError, messageOf, textOf } from './cause-text.js';
import type { TaskError } from './task-error-type.js';

/** Where an error keeps what masks the request's own secrets: servers, causes and validators echo. */
export const SCRUB: unique symbol = Symbol('scrub');

type Shown = Record<string, unknown>;

const MOST_BYTES = 8192;
const MOST_PREVIOUS = 5;
const MOST_ISSUES = 10;
const MOST_HEADERS = 12;
const LONGEST_BODY = 512;

/** The record that `JSON.stringify(error)` and `util.inspect(error)` show: at most 8 KB, without secrets. */
export function describeJson(error: TaskError): Record<string, unknown> {
  const clean =
    (error as { [SCRUB]?: (text: string) => string })[SCRUB] ?? ((text: string) => text);
  const { request } = error;
  return fitted(
    cleaned(
      {
        name: 'TaskError',
        kind: error.kind,
        code: cap(error.code, 100),
        message: error.message,
        ...details(error),
        ...(request === undefined
          ? {}
          : { request: { ...request, headers: firstOf(request.headers, MOST_HEADERS) } }),
        ...(error.cause === undefined ? {} : { cause: causeOf(error.cause) }),
        ...(error.previous.length === 0
          ? {}
          : { previous: error.previous.slice(-MOST_PREVIOUS).map(briefly) }),
      },
      clean,
    ) as Shown,
  );
}

function briefly(error: TaskError): Shown {
  return { kind: error.kind, code: cap(error.code, 100), message: cap(error.message, 200) };
}

function details(error: TaskError): Shown {
  switch (error.kind) {
    case 'request':
      return { field: cap(error.field, 200) };
    case 'network':
      return { sent: error.sent };
    case 'timeout':
      return { phase: error.phase, afterMs: error.afterMs };
    case 'redirect':
      return { location: error.location, hops: error.hops };
    case 'limit':
      return { which: error.which, maxBytes: error.maxBytes };
    case 'decode':
      return {
        status: error.head?.status,
        issues: error.issues.slice(0, MOST_ISSUES).map((issue) => ({
          message: cap(issue.message, 200),
          path: cap((issue.path ?? []).map(textOf).join('.'), 200),
        })),
      };
    case 'aborted':
      return { reason: cap(textOf(error.reason), 200) };
    case 'file':
      return { path: cap(error.path, 500), destination: cap(error.destination ?? '', 500) };
    case 'auth':
      return {};
    case 'status':
      return { status: error.status, response: responseOf(error.response) };
  }
}

function responseOf(response: TaskResponse<Uint8Array>): Shown {
  const { url, headers, body } = response;
  return {
    url: redactUrl(url),
    headers: firstOf(redactHeaders(headers), MOST_HEADERS),
    bodyBytes: body.byteLength,
    body: previewOf(response),
  };
}

/** The start of a textual body, without what it calls a secret. */
function previewOf({ body, headers }: TaskResponse<Uint8Array>): string | undefined {
  if (!/json|text|xml/i.test(headers.get('content-type') ?? '')) return undefined;
  const start = new TextDecoder().decode(body.subarray(0, LONGEST_BODY));
  return cap(
    start.replace(
      /("([^"\\]{1,60})"\s{0,9}:\s{0,9}")((?:[^"\\]|\\.)*)/g,
      (all, before: string, name: string) => (isSecretName(name) ? `${before}[redacted]` : all),
    ),
    LONGEST_BODY,
  );
}

function firstOf(record: Readonly<Record<string, string>>, count: number): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record)
      .slice(0, count)
      .map(([name, value]) => [cap(name, 100), value]),
  );
}

function causeOf(cause: unknown): unknown {
  try {
    if (!isError(cause)) return typeof cause;
    const { code } = cause as { readonly code?: unknown };
    return {
      name: cap(textOf(cause.name), 100),
      message: cap(messageOf(cause), 300),
      ...(typeof code === 'string' ? { code: cap(code, 100) } : {}),
    };
  } catch {
    return typeof cause;
  }
}

/** The same record with every text in it cleaned. */
export function cleaned(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map((item) => cleaned(item, clean));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, cleaned(item, clean)]),
  );
}

/** What may go when it would be too long, and in it, the least telling first. */
const SPARE: readonly (readonly [part: string, inner?: string])[] = [
  ['response', 'headers'],
  ['request', 'headers'],
  ['issues'],
  ['response', 'body'],
  ['cause'],
  ['location'],
  ['request'],
  ['response'],
  ['previous'],
];

/** The record, shortened until its JSON fits. */
function fitted(record: Shown): Shown {
  for (const [part, inner] of SPARE) {
    if (bytesOf(record) <= MOST_BYTES) return record;
    const holder = inner === undefined ? record : record[part];
    if (typeof holder === 'object' && holder !== null)
      Reflect.deleteProperty(holder, inner ?? part);
  }
  return bytesOf(record) <= MOST_BYTES
    ? record
    : { ...record, message: cap(textOf(record['message']), 300) };
}

function bytesOf(record: Shown): number {
  return new TextEncoder().encode(JSON.stringify(record)).byteLength;
}
