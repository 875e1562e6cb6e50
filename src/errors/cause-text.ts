/** What an error says of itself, or nothing; never throws, whatever was thrown. */
export function messageOf(cause: unknown): string {
  try {
    return cause instanceof Error ? String(cause.message) : '';
  } catch {
    return '';
  }
}

/** Any value as text; never throws. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}
