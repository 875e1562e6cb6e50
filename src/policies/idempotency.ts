import type { TaskRequest } from '../http/request.js';

/** Methods whose effect is the same however often they arrive (RFC 9110 section 9.2.2). */
export const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'TRACE',
]);

/** The field by which a server knows an unsafe request that it has seen before. */
export const IDEMPOTENCY_KEY = 'idempotency-key';

/** The request with an `Idempotency-Key`: its own, or a fresh one (a version 4 UUID of the platform's crypto). */
export function withIdempotencyKey(request: TaskRequest): TaskRequest {
  if (request.headers.has(IDEMPOTENCY_KEY)) return request;
  return request.clone({ headers: request.headers.set(IDEMPOTENCY_KEY, newKey()) });
}

/** `crypto.randomUUID` exists on secure pages only; `getRandomValues` everywhere. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
