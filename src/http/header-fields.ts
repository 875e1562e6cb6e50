import { invalid } from './invalid-input.js';

/** What a set of header fields can be made from: pairs, a record, or the platform's `Headers`. */
export type HeaderFieldsInit =
  | HeaderFields
  | Iterable<readonly [string, string]>
  | { readonly [name: string]: string | number | readonly string[] | undefined };

type FieldValue = string | readonly string[];

const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// eslint-disable-next-line no-control-regex -- control characters are what is looked for (RFC 9110 section 5.5)
const FORBIDDEN_IN_VALUE = /[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/;

function checkedName(name: string): string {
  if (typeof name !== 'string' || !FIELD_NAME.test(name))
    throw invalid('headers', 'not a field name of RFC 9110 section 5.1', name);
  return name.toLowerCase();
}

function checkedValue(name: string, value: string): string {
  if (typeof value !== 'string')
    throw invalid(`headers.${name}`, 'a field value is a string', typeof value);
  if (FORBIDDEN_IN_VALUE.test(value)) {
    throw invalid(
      `headers.${name}`,
      'a field value has no control characters and no characters beyond Latin-1',
    );
  }
  return value.trim();
}

function checkedLines(name: string, value: string | number | readonly string[]): FieldValue {
  if (typeof value === 'object' && Array.isArray(value))
    return (value as readonly string[]).map((line) => checkedValue(name, line));
  return checkedValue(name, typeof value === 'number' ? String(value) : (value as string));
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
  static readonly empty: HeaderFields = new HeaderFields([]);

  /** Name, value, name, value: short lists are searched and copied faster than records. */
  readonly #fields: readonly FieldValue[];

  private constructor(fields: readonly FieldValue[]) {
    this.#fields = fields;
  }

  /** The fields of any accepted form. @throws TaskError `request` for a bad name or value */
  static from(init: HeaderFieldsInit | undefined): HeaderFields {
    if (init === undefined) return HeaderFields.empty;
    if (init instanceof HeaderFields) return init;
    return HeaderFields.empty.merge(init);
  }

  /**
   * The fields of a record that a parser made: lower-case names, values as received. Nothing is checked.
   */
  static received(fields: Readonly<Record<string, string | readonly string[]>>): HeaderFields {
    const list: FieldValue[] = [];
    for (const name of Object.keys(fields)) list.push(name, fields[name] as FieldValue);
    return new HeaderFields(list);
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
    return new HeaderFields(withField(this.#fields, key, checkedLines(key, value)));
  }

  /** New fields without this one. */
  delete(name: string): HeaderFields {
    const fields = withoutField(this.#fields, name.toLowerCase());
    return fields === this.#fields ? this : new HeaderFields(fields);
  }

  /** New fields with those of `init` over these; a field whose value is `undefined` there is taken away. */
  merge(init: HeaderFieldsInit): HeaderFields {
    let fields = this.#fields;
    if (init instanceof HeaderFields) {
      if (fields.length === 0) return init;
      for (let at = 0; at < init.#fields.length; at += 2)
        fields = withField(fields, init.#fields[at] as string, init.#fields[at + 1] as FieldValue);
      return new HeaderFields(fields);
    }
    if (typeof init !== 'object' || (init as unknown) === null)
      throw invalid('headers', 'a record or pairs', typeof init);
    const isPairs = Symbol.iterator in init;
    const added = new Map<string, FieldValue>();
    for (const pair of isPairs
      ? (init as Iterable<readonly [string, string]>)
      : Object.entries(init)) {
      if (!Array.isArray(pair)) throw invalid('headers', 'pairs of name and value', pair);
      const [name, value] = pair as readonly [
        string,
        string | number | readonly string[] | undefined,
      ];
      const key = checkedName(name);
      if (value === undefined) {
        fields = withoutField(fields, key);
        continue;
      }
      const before = isPairs ? added.get(key) : undefined;
      const lines = checkedLines(key, value);
      added.set(key, before === undefined ? lines : [before, lines].flat());
    }
    for (const [key, lines] of added) fields = withField(fields, key, lines);
    return new HeaderFields(fields);
  }

  /** The pairs of lower-case name and value, one a field line. */
  *[Symbol.iterator](): IterableIterator<[string, string]> {
    const fields = this.#fields;
    for (let at = 0; at < fields.length; at += 2) {
      const name = fields[at] as string;
      const value = fields[at + 1] as FieldValue;
      if (typeof value === 'string') yield [name, value];
      else for (const line of value) yield [name, line];
    }
  }

  /** A record without a prototype: lower-case names, lines kept apart where there are several. */
  toRecord(): Record<string, string | string[]> {
    const record = Object.create(null) as Record<string, string | string[]>;
    const fields = this.#fields;
    for (let at = 0; at < fields.length; at += 2)
      record[fields[at] as string] = fields[at + 1] as string | string[];
    return record;
  }

  #own(name: string): FieldValue | undefined {
    const fields = this.#fields;
    const at = placeOf(fields, name.toLowerCase());
    return at < 0 ? undefined : fields[at + 1];
  }
}

/** Where a name stands in a list of names and values, or -1. */
function placeOf(fields: readonly FieldValue[], name: string): number {
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === name) return at;
  return -1;
}

/** A new list in which this field has this value. */
function withField(
  fields: readonly FieldValue[],
  name: string,
  value: FieldValue,
): readonly FieldValue[] {
  const at = placeOf(fields, name);
  if (at < 0) return [...fields, name, value];
  const copy = fields.slice();
  copy[at + 1] = value;
  return copy;
}

/** A new list without this field; the same one when it has none. */
function withoutField(fields: readonly FieldValue[], name: string): readonly FieldValue[] {
  const at = placeOf(fields, name);
  return at < 0 ? fields : [...fields.slice(0, at), ...fields.slice(at + 2)];
}
