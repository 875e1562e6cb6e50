/**
 * Bad input, found before anything is sent: by itself an error of the closed union already, of kind `request`. `http/`
 * stands below `errors/`, so the rooms above make one of it that knows its request, where there is one.
 */
export class InvalidInput extends TypeError {
  readonly kind = 'request';
  /** Which part of the input: `url`, `headers.x-trace`, `body`, `maxAttempts`. */
  readonly field: string;
  /** A stable code. */
  readonly code: string;
  readonly request = undefined;
  readonly previous: readonly never[] = [];

  constructor(field: string, message: string, code: string) {
    super(message);
    this.field = field;
    this.code = code;
  }

  toJSON(): Record<string, unknown> {
    const { name, kind, code } = this;
    return {
      name,
      kind,
      code,
      field: this.field.slice(0, 200),
      message: this.message.slice(0, 1000),
    };
  }
}

Object.defineProperty(InvalidInput.prototype, 'name', { value: 'TaskError' });
Object.defineProperty(InvalidInput.prototype, Symbol.for('coldwire.TaskError'), { value: true });

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
