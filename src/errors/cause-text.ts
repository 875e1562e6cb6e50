/** What an error says of itself, or nothing; never throws, whatever was thrown. */
export function messageOf(cause: unknown): string {
  try {
    if (!(cause instanceof Error)) return '';
    const { message }: { readonly message: unknown } = cause;
    return String(message);
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
