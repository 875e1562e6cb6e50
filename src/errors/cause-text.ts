/** Whether a value is an error, also one of another realm: a frame, a worker, a test environment. Never throws. */
export function isError(value: unknown): value is Error {
  try {
    return (
      value instanceof Error ||
      /^\[object (?:\w*Error|DOMException)\]$/.test(Object.prototype.toString.call(value))
    );
  } catch {
    return false;
  }
}

/** What an error says of itself, or nothing; never throws, whatever was thrown. */
export function messageOf(cause: unknown): string {
  try {
    if (!isError(cause)) return '';
    const { message }: { readonly message: unknown } = cause;
    return String(message);
  } catch {
    return '';
  }
}

/** `: ` and what an error says of itself; nothing when it says nothing. */
export function told(cause: unknown): string {
  const message = messageOf(cause);
  return message === '' ? '' : `: ${message}`;
}

/** Any value as text; never throws. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}
