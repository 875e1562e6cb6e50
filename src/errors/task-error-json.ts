import { cap, redactHeaders, redactUrl } from '../http/redact.js';
import type { TaskResponse } from '../http/response.js';
import type { TaskError } from './task-error.js';

/** Where an error keeps the start of its body as text, cleaned of the request's own secrets: servers echo. */
export const PREVIEW: unique symbol = Symbol('preview');

const MOST_PREVIOUS = 5;
const LONGEST_BODY = 512;

/** The record that `JSON.stringify(error)` and `util.inspect(error)` show: bounded, without secrets. */
export function describeJson(error: TaskError, nested = false): Record<string, unknown> {
  return {
    name: 'TaskError',
    kind: error.kind,
    code: error.code,
    message: error.message,
    ...details(error),
    ...(nested || error.request === undefined ? {} : { request: error.request }),
    ...(error.cause === undefined ? {} : { cause: causeOf(error.cause) }),
    ...(nested || error.previous.length === 0 ? {} : { previous: error.previous.slice(-MOST_PREVIOUS).map(briefly) }),
  };
}

function briefly(error: TaskError): Record<string, unknown> {
  return { kind: error.kind, code: error.code, message: cap(error.message, 200) };
}

function details(error: TaskError): Record<string, unknown> {
  switch (error.kind) {
    case 'request': return { field: error.field };
    case 'network': return { sent: error.sent };
    case 'timeout': return { phase: error.phase, afterMs: error.afterMs };
    case 'redirect': return { location: error.location, hops: error.hops };
    case 'limit': return { which: error.which, maxBytes: error.maxBytes };
    case 'decode': return { status: error.head?.status, issues: error.issues.slice(0, 10).map((issue) => ({ message: cap(issue.message, 200), path: cap((issue.path ?? []).map(String).join('.'), 200) })) };
    case 'aborted': return { reason: cap(String(error.reason), 200) };
    case 'auth': return {};
    case 'status': {
      const { url, headers, body } = error.response;
      const preview = (error as { [PREVIEW]?: string })[PREVIEW];
      return { status: error.status, response: { url: redactUrl(url), headers: firstOf(redactHeaders(headers), 12), bodyBytes: body.byteLength, body: preview } };
    }
  }
}

/** The start of a textual body. */
export function previewOf({ body, headers }: TaskResponse<Uint8Array>): string | undefined {
  if (!/json|text|xml/i.test(headers.get('content-type') ?? '')) return undefined;
  return cap(new TextDecoder().decode(body.subarray(0, LONGEST_BODY)), LONGEST_BODY);
}

function firstOf(record: Record<string, string>, count: number): Record<string, string> {
  return Object.fromEntries(Object.entries(record).slice(0, count));
}

function causeOf(cause: unknown): unknown {
  if (!(cause instanceof Error)) return typeof cause;
  const code = (cause as { code?: unknown }).code;
  return { name: cause.name, message: cap(cause.message, 300), ...(typeof code === 'string' ? { code } : {}) };
}
