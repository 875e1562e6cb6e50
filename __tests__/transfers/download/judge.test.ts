import { describe, expect, it } from '@jest/globals';
import { HeaderFields } from '../../../src/index.js';
import { judge, resumableBy } from '../../../src/transfers/download/judge.js';

const KNOWN = {
  offset: 10,
  validator: { field: 'etag', value: '"v1"' },
  totalBytes: 20,
  digests: [],
} as const;

const head = (status: number, headers: Record<string, string>) => ({
  status,
  statusText: '',
  url: 'http://t/x',
  headers: HeaderFields.from(headers),
});
const part = (range: string, more: Record<string, string> = {}) =>
  head(206, { 'content-range': `bytes ${range}`, ...more });
const goesOn = (skipBytes: number, takeBytes: number) => ({
  type: 'goes-on',
  skipBytes,
  takeBytes,
  totalBytes: 20,
});

describe('an answer to somebody who has ten bytes of twenty', () => {
  it.each([
    ['the rest', part('10-19/20'), goesOn(0, 10)],
    ['the rest of a whole of unknown length', part('10-19/*'), goesOn(0, 10)],
    ['the rest, of the same validator', part('10-19/20', { etag: '"v1"' }), goesOn(0, 10)],
    ['less than the rest', part('10-14/20'), goesOn(0, 5)],
    ['more than the rest', part('5-19/20'), goesOn(5, 10)],
    ['the whole, of the same validator', head(200, { etag: '"v1"' }), goesOn(10, 10)],
  ])('goes on with %s', (_name, answer, verdict) => {
    expect(judge(answer, KNOWN)).toEqual(verdict);
  });

  it.each([
    ['a part of another validator', part('10-19/20', { etag: '"v2"' })],
    ['a part that says that its validator is weak', part('10-19/20', { etag: 'W/"v1"' })],
    ['a part of a whole of another length', part('10-19/21')],
    ['a whole of another validator', head(200, { etag: '"v2"' })],
    ['a whole that says nothing', head(200, {})],
    ['a whole of another length', head(200, { etag: '"v1"', 'content-length': '21' })],
  ])('is changed by %s', (_name, answer) => {
    expect(judge(answer, KNOWN).type).toBe('changed');
  });

  it.each([
    ['a part behind a gap', part('11-19/20')],
    ['a part that ends before', part('0-9/20')],
    ['a length that is not that of the range', part('10-19/20', { 'content-length': '11' })],
    ['a shorter length', part('10-19/20', { 'content-length': '9' })],
    ['no range', head(206, {})],
    ['several ranges', part('10-19/20', { 'content-type': 'Multipart/ByteRanges; boundary=a' })],
    ['a coded part', part('10-19/20', { 'content-encoding': 'br' })],
    ['204', head(204, {})],
  ])('cannot use %s', (_name, answer) => {
    expect(judge(answer, KNOWN).type).toBe('unusable');
  });
});

describe('an answer that brings the first byte', () => {
  it.each([
    ['with a length and a strong validator', 200, { etag: '"a"', 'content-length': '5' }, true],
    ['without a length', 200, { etag: '"a"' }, false],
    ['with a length that is none', 200, { etag: '"a"', 'content-length': '5, 6' }, false],
    ['with a weak validator', 200, { etag: 'W/"a"', 'content-length': '5' }, false],
    [
      'that is coded',
      200,
      { etag: '"a"', 'content-length': '5', 'content-encoding': 'gzip' },
      false,
    ],
    ['that a proxy has changed', 203, { etag: '"a"', 'content-length': '5' }, false],
  ] as [string, number, Record<string, string>, boolean][])(
    '%s can be gone on with, or not',
    (_name, status, headers, can) => {
      expect(resumableBy(head(status, headers), 0) !== undefined).toBe(can);
    },
  );
});
