import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HeaderFields, type HeaderFieldsInit, isTaskError } from '../../src/index.js';

const name = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}$/);
const value = fc.stringMatching(/^[\x20-\x7e\x80-\xff\t]{0,20}$/);

describe('header fields', () => {
  it('are found whatever the case of their name', () => {
    fc.assert(
      fc.property(name, value, (key, text) => {
        const fields = HeaderFields.empty.set(key, text);
        expect([
          fields.get(key),
          fields.get(key.toUpperCase()),
          fields.get(key.toLowerCase()),
        ]).toEqual([text.trim(), text.trim(), text.trim()]);
        expect([
          fields.has(key.toUpperCase()),
          [...fields],
          fields.delete(key.toUpperCase()).has(key),
        ]).toEqual([true, [[key.toLowerCase(), text.trim()]], false]);
      }),
    );
  });

  it('never change: every change is a new set (A6)', () => {
    fc.assert(
      fc.property(fc.dictionary(name, value), name, value, (record, key, text) => {
        const fields = HeaderFields.from(record);
        const before = [...fields];
        fields.set(key, text);
        fields.delete(key);
        fields.merge({ [key]: text, other: undefined });
        fields.toRecord()[key] = 'mine';
        expect([...fields]).toEqual(before);
      }),
    );
  });

  it('are the same as a record, as pairs and as the platform’s Headers', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[!-~]{1,9}$/)),
        (record) => {
          const forms: HeaderFieldsInit[] = [
            Object.entries(record),
            new Map(Object.entries(record)),
            new Headers(record),
            HeaderFields.from(record),
          ];
          for (const form of forms)
            expect(HeaderFields.from(form).toRecord()).toEqual(
              HeaderFields.from(record).toRecord(),
            );
        },
      ),
    );
  });

  it('refuse every name that is no token, and every value with a control character, naming the field (RFC 9110 section 5)', () => {
    const unprintable = fc
      .stringMatching(/^[\x20-\x7e]{0,5}$/)
      .chain((text) =>
        fc
          .constantFrom(
            '\r',
            '\n',
            '\0',
            '\r\n',
            '\x1f',
            '\x7f',
            '\x0b',
            '\u0100',
            '\u{1F600}',
            '\u2028',
          )
          .map((bad) => `${text}${bad}x`),
      );
    fc.assert(
      fc.property(unprintable, (text) => {
        for (const set of [
          () => HeaderFields.from({ 'X-Trace': text }),
          () => HeaderFields.empty.set('X-Trace', text),
          () => HeaderFields.from([['X-Trace', text]]),
          () => HeaderFields.empty.set('X-Trace', ['ok', text]),
        ]) {
          expect(set).toThrow(
            expect.objectContaining({
              field: 'headers.x-trace',
              message: expect.not.stringContaining(text),
            }),
          );
        }
      }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(
          '',
          ' ',
          'a b',
          'a:',
          'a\r\nb',
          'ä',
          'a\0',
          '(a)',
          'a,b',
          '"a"',
          'a/b',
          '{a}',
          'a@b',
        ),
        (key) => {
          expect(() => HeaderFields.from({ [key]: 'x' })).toThrow(
            expect.objectContaining({ field: 'headers' }),
          );
        },
      ),
    );
  });

  it.each([
    ['a number', 7],
    ['a value that is an object', { a: {} }],
    ['a value that is null', { a: null }],
    ['a symbol', { a: Symbol('x') }],
    ['a pair that is none', [null]],
    ['a name that is a number', [[1, 'x']]],
  ])('refuse %s with a typed complaint', (_what, init) => {
    let thrown: unknown;
    try {
      HeaderFields.from(init as unknown as HeaderFieldsInit);
    } catch (cause) {
      thrown = cause;
    }
    expect(isTaskError(thrown, 'request') && [thrown.name, thrown.field.slice(0, 7)]).toEqual([
      'TaskError',
      'headers',
    ]);
    expect(JSON.parse(JSON.stringify(thrown))).toMatchObject({ kind: 'request' });
  });

  it('take numbers, join lines, and keep lines apart for who asks', () => {
    const fields = HeaderFields.from([
      ['Set-Cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['Age', '3'],
    ]).set('Max-Forwards', 5 as unknown as string);
    expect([
      fields.get('set-cookie'),
      fields.getAll('set-cookie'),
      fields.getAll('age'),
      fields.getAll('none'),
      fields.get('max-forwards'),
    ]).toEqual(['a=1, b=2', ['a=1', 'b=2'], ['3'], [], '5']);
  });

  it('take a field away where its value is undefined', () => {
    const fields = HeaderFields.from({ a: '1', b: '2' }).merge({ A: undefined, c: '3' });
    expect(fields.toRecord()).toEqual({ b: '2', c: '3' });
  });

  it('lay the later over the earlier', () => {
    const base = HeaderFields.from({ a: '1', b: '2' });
    expect(base.merge(HeaderFields.from({ B: '3' })).toRecord()).toEqual({ a: '1', b: '3' });
    expect(
      base
        .merge([
          ['B', '3'],
          ['b', '4'],
        ])
        .get('b'),
    ).toBe('3, 4');
  });

  it('have no fields by inheritance, and pollute nothing', () => {
    const hostile = JSON.parse('{"__proto__": "x", "constructor": "y"}') as Record<string, string>;
    const fields = HeaderFields.from(hostile);
    expect([
      fields.get('__proto__'),
      fields.get('constructor'),
      fields.has('toString'),
      HeaderFields.received(hostile).get('__proto__'),
    ]).toEqual(['x', 'y', false, 'x']);
    expect([Object.getPrototypeOf(fields.toRecord()), ({} as { x?: unknown }).x]).toEqual([
      null,
      undefined,
    ]);
  });
});
