/**
 * Bad input, found before anything is sent. `http/` stands below `errors/`, so it throws this plain carrier and the
 * rooms above turn it into a `request` error of the closed union.
 */
export class InvalidInput extends TypeError {
  /** Which part of the input: `url`, `headers.x-trace`, `body`, `maxAttempts`. */
  readonly field: string;
  /** The stable code of the `request` error that this becomes. */
  readonly code: string;

  constructor(field: string, message: string, code: string) {
    super(message);
    this.name = 'InvalidInput';
    this.field = field;
    this.code = code;
  }
}

const SHOWN_CHARACTERS = 60;

/** `field: what is wanted, not "value"`. The value is shortened; leave it out when it may be a secret. */
export function invalid(
  field: string,
  wanted: string,
  value?: unknown,
  code = 'INVALID_OPTION',
): InvalidInput {
  const shown = value === undefined ? '' : `, not ${show(value)}`;
  return new InvalidInput(field, `${field}: ${wanted}${shown}`, code);
}

function show(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(
      value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value,
    );
  }
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'an array' : 'an object';
  if (typeof value === 'function') return 'a function';
  return String(value);
}
