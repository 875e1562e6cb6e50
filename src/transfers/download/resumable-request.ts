import type { TaskRequest } from '../../http/request.js';

const OWN_CONDITIONS = [
  'range',
  'if-range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
];

/** Whether a request may be asked in parts: a GET that asks for the whole, and can be sent again. */
export function isResumable({ method, headers, body }: TaskRequest): boolean {
  return (
    method === 'GET' &&
    body?.replayable !== false &&
    !OWN_CONDITIONS.some((name) => headers.has(name))
  );
}
