import { describe, expect, it } from '@jest/globals';
import axios from 'axios';
import fc from 'fast-check';
import { type QueryParams, type QueryValue, createClient } from '../../src/index.js';
import { serializeParams } from '../../src/http/params.js';

const ofAxios = (params: unknown): string =>
  axios.getUri({ url: 'http://h/', params }).replace(/^http:\/\/h\/\??/, '');
const text = fc.string({ unit: 'grapheme', maxLength: 8 });
// What axios does with brackets and outer spaces in a nested name is its own affair.
const key = fc
  .string({ unit: 'grapheme', maxLength: 6 })
  .filter((name) => name === name.trim() && !/[[\]{}]|^__proto__$/.test(name));
const leaf = fc.oneof(
  text,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.bigInt(),
  fc.constant(null),
  fc.constant(undefined),
  fc.date({ noInvalidDate: true }),
);
const { tree } = fc.letrec<{ tree: QueryValue }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));

describe('params', () => {
  it('are written as axios writes them', () => {
    fc.assert(
      fc.property(fc.dictionary(key, tree, { maxKeys: 4, noNullPrototype: true }), (params) => {
        expect(serializeParams(params)).toBe(ofAxios(params));
      }),
      { numRuns: 2000 },
    );
  });

  it.each<[QueryParams]>([
    [{ a: [1, null, 2], b: undefined, c: '', d: null }],
    [{ a: [[1, 2], [3]], b: [{ c: 1 }, { c: 2 }] }],
    [{ a: { b: { c: [1, 2] } } }],
    [{ 'a[]': [1, 2], 'b{}': { c: [1, 'é'] }, 'd{}': 1 }],
    [{ a: new Date(0), b: [new Date(1)] }],
    [{ 'a b': "c d+e&=%:$,[]'()!~*@/?#" }],
    [{ a: {}, b: [], c: { d: [] } }],
    [new URLSearchParams('a=1&a=2&b=%20')],
  ])('are written as axios writes them: %j', (params) => {
    expect(serializeParams(params)).toBe(ofAxios(params));
  });

  it('write a lone surrogate as U+FFFD, where axios fails', () => {
    expect(serializeParams({ a: 'x\ud800y', '\udc00': 1 })).toBe('a=x%EF%BF%BDy&%EF%BF%BD=1');
  });

  it('stand behind a query that the URL has, and before no fragment', () => {
    const urls: string[] = [];
    const client = createClient({
      baseUrl: 'http://h',
      factory: {
        make: ({ url }) => {
          urls.push(url);
          throw new Error('enough');
        },
      },
    });
    for (const path of ['/x', '/x?b=2', '/x?b=2#part', '/x#part'])
      client.get(path, { params: { a: [1, 2] } }).subscribe({ error: () => undefined });
    expect(urls).toEqual(
      ['/x?', '/x?b=2&', '/x?b=2&', '/x?'].map((start) => `http://h${start}a%5B%5D=1&a%5B%5D=2`),
    );
  });

  const circle: Record<string, unknown> = {};
  circle['a'] = circle;
  it.each([
    ['a circle', circle, 'params'],
    ['a circle in braces', { 'a{}': circle }, 'params.a{}'],
    ['a nest without end', JSON.parse('{"a":'.repeat(5000) + '1' + '}'.repeat(5000)), 'params'],
    ['a text', 'a=1', 'params'],
    ['null', null, 'params'],
    ['a function', { a: () => 1 }, 'params.a'],
    ['a symbol', { a: [Symbol('x')] }, 'params.a[]'],
    ['a date that is none', { a: new Date(NaN) }, 'params.a'],
  ])('refuse %s, naming it', (_what, params, field) => {
    const errors: unknown[] = [];
    createClient({
      factory: {
        make: () => {
          throw new Error('sent');
        },
      },
    })
      .get('http://h/', { params: params as QueryParams })
      .subscribe({ error: (error: unknown) => errors.push(error) });
    expect(errors).toEqual([expect.objectContaining({ kind: 'request', field })]);
  });
});
