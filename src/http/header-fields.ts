import { invalid } from './invalid-input.js';

/** What a set of header fields can be made from: pairs, a record, or the platform's `Headers`. */
export type HeaderFieldsInit =
  | HeaderFields
  | Iterable<readonly [string, string]>
  | { readonly [name: string]: string | number | readonly string[] | undefined };

type FieldRecord = Record<string, string | readonly string[]>;

const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// eslint-disable-next-line no-control-regex -- control characters are what is looked for (RFC 9110 section 5.5)
const FORBIDDEN_IN_VALUE = /[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/;

function checkedName(name: string): string {
  if (!FIELD_NAME.test(name)) throw invalid('headers', 'not a field name of RFC 9110 section 5.1', name);
  return name.toLowerCase();
}

function checkedValue(name: string, value: string): string {
  if (typeof value !== 'string') throw invalid(`headers.${name}`, 'a field value is a string', typeof value);
  if (FORBIDDEN_IN_VALUE.test(value)) {
    throw invalid(`headers.${name}`, 'a field value has no control characters and no characters beyond Latin-1');
  }
  return value.trim();
}

/**
 * The header fields of a request or a response: immutable, names compared without case, order of first appearance.
 *
 * A name that is no token or a value with CR, LF, NUL or another control character is refused when the fields are
 * made (RFC 9110 section 5), never cleaned.
 *
 * @example
 * const fields = HeaderFields.from({ Accept: 'text/html' }).set('X-Trace', '7');
 * fields.get('accept'); // 'text/html'
 */
export class HeaderFields {
  /** No fields at all. */
  static readonly empty: HeaderFields = new HeaderFields(Object.create(null) as FieldRecord);

  readonly #fields: FieldRecord;

  private constructor(fields: FieldRecord) {
    this.#fields = fields;
  }

  /** The fields of any accepted form. @throws TaskError `request` for a bad name or value */
  static from(init: HeaderFieldsInit | undefined): HeaderFields {
    if (init === undefined) return HeaderFields.empty;
    if (init instanceof HeaderFields) return init;
    return HeaderFields.empty.merge(init);
  }

  /**
   * Wraps a record that a parser made: lower-case names, values as received. Nothing is checked or copied.
   */
  static received(fields: Readonly<Record<string, string | readonly string[]>>): HeaderFields {
    return new HeaderFields(fields as FieldRecord);
  }

  /** The value of the field, several lines joined by `, `; `undefined` when absent. */
  get(name: string): string | undefined {
    const value = this.#own(name);
    return value === undefined || typeof value === 'string' ? value : value.join(', ');
  }

  /** Every line of the field: what `Set-Cookie` needs. */
  getAll(name: string): readonly string[] {
    const value = this.#own(name);
    return value === undefined ? [] : typeof value === 'string' ? [value] : value;
  }

  /** Whether the field is there. */
  has(name: string): boolean {
    return this.#own(name) !== undefined;
  }

  /** New fields in which this one has just this value. */
  set(name: string, value: string | readonly string[]): HeaderFields {
    const key = checkedName(name);
    const copy = this.#copy();
    copy[key] = typeof value === 'string' ? checkedValue(key, value) : value.map((line) => checkedValue(key, line));
    return new HeaderFields(copy);
  }

  /** New fields without this one. */
  delete(name: string): HeaderFields {
    if (!this.has(name)) return this;
    const copy = this.#copy();
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a record of our own, without a prototype
    delete copy[name.toLowerCase()];
    return new HeaderFields(copy);
  }

  /** New fields with those of `init` over these; a field whose value is `undefined` there is taken away. */
  merge(init: HeaderFieldsInit): HeaderFields {
    const copy = this.#copy();
    if (init instanceof HeaderFields) return new HeaderFields(Object.assign(copy, init.#fields));
    if (typeof init !== 'object' || (init as unknown) === null) throw invalid('headers', 'a record or pairs', typeof init);
    const isPairs = Symbol.iterator in init;
    const added: FieldRecord = Object.create(null) as FieldRecord;
    for (const [name, value] of isPairs ? (init as Iterable<readonly [string, string]>) : Object.entries(init)) {
      const key = checkedName(name);
      if (value === undefined) {
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- as above
        delete copy[key];
        continue;
      }
      const before = isPairs ? added[key] : undefined;
      const lines = Array.isArray(value)
        ? (value as readonly string[]).map((line) => checkedValue(key, line))
        : checkedValue(key, typeof value === 'number' ? String(value) : (value as string));
      added[key] = before === undefined ? lines : [before, lines].flat();
    }
    return new HeaderFields(Object.assign(copy, added));
  }

  /** The pairs of lower-case name and value, one a field line. */
  *[Symbol.iterator](): IterableIterator<[string, string]> {
    for (const name of Object.keys(this.#fields)) {
      for (const line of this.getAll(name)) yield [name, line];
    }
  }

  /** A record without a prototype: lower-case names, lines kept apart where there are several. */
  toRecord(): Record<string, string | string[]> {
    return this.#copy() as Record<string, string | string[]>;
  }

  #own(name: string): string | readonly string[] | undefined {
    const fields = this.#fields;
    if (Object.hasOwn(fields, name)) return fields[name];
    const key = name.toLowerCase();
    return Object.hasOwn(fields, key) ? fields[key] : undefined;
  }

  #copy(): FieldRecord {
    return Object.assign(Object.create(null) as FieldRecord, this.#fields);
  }
}
