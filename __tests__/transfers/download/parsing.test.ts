import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HeaderFields } from '../../../src/index.js';
import { parseContentRange } from '../../../src/transfers/download/content-range.js';
import { wantedDigests } from '../../../src/transfers/download/digest-fields.js';
import { libraryDigest } from '../../../src/transfers/download/library-digest.js';
import { RateMeter } from '../../../src/transfers/download/rate-meter.js';
import { strongValidator } from '../../../src/transfers/download/validator.js';
import { nodeDigest } from '../../../src/node/node-digest.js';

describe('Content-Range', () => {
  it.each([
    ['bytes 0-4/10', { first: 0, last: 4, total: 10 }],
    ['Bytes 5-9/*', { first: 5, last: 9, total: undefined }],
    ['bytes */10', { first: undefined, last: undefined, total: 10 }],
    ['bytes 4-3/10', undefined],
    ['bytes 0-10/10', undefined],
    ['bytes */*', undefined],
    ['bytes 0-4', undefined],
    ['bytes=0-4/10', undefined],
    ['items 0-4/10', undefined],
    ['bytes 0-4/10, bytes 5-9/10', undefined],
    ['bytes 9007199254740991-9007199254740993/*', undefined],
    [`bytes 0-${'9'.repeat(400)}/*`, undefined],
    [undefined, undefined],
  ])('%j is %j', (text, range) => {
    expect(parseContentRange(text)).toEqual(range);
  });

  it('reads whatever it is given, in no time', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        const range = parseContentRange(`bytes ${text}`);
        if (range?.first !== undefined) expect(range.first).toBeLessThanOrEqual(range.last ?? 0);
      }),
    );
    expect(parseContentRange(`bytes ${' '.repeat(100_000)}x`)).toBeUndefined();
  });
});

describe('a strong validator', () => {
  const LATE = 'Sun, 22 Nov 2026 10:01:00 GMT';
  const EARLY = 'Sun, 22 Nov 2026 10:00:00 GMT';
  it.each([
    [{ etag: '"a"' }, '"a"'],
    [{ etag: '""' }, '""'],
    [{ etag: 'W/"a"' }, undefined],
    [{ etag: 'a' }, undefined],
    [{ etag: '"a" ' }, '"a"'],
    [{ etag: ['"a"', '"b"'] }, undefined],
    [{ etag: 'W/"a"', 'last-modified': EARLY, date: LATE }, undefined],
    [{ 'last-modified': EARLY, date: LATE }, EARLY],
    [{ 'last-modified': EARLY, date: 'Sun, 22 Nov 2026 10:00:59 GMT' }, undefined],
    [{ 'last-modified': EARLY }, undefined],
    [{ 'last-modified': 'yesterday', date: LATE }, undefined],
    [{}, undefined],
  ] as [Record<string, string>, string | undefined][])('of %j is %j', (headers, value) => {
    expect(strongValidator(HeaderFields.from(headers), 0)?.value).toBe(value);
  });
});

describe('digests', () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

  it('of the library and of Node are the same, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), (parts) => {
        for (const algorithm of ['sha-256', 'sha-512'] as const) {
          const all = [libraryDigest(algorithm), nodeDigest(algorithm)];
          for (const part of parts) for (const digest of all) digest.update(part);
          const [ours, theirs] = all.map((digest) => hex(digest.digest()));
          expect(ours).toBe(theirs);
        }
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ['sha-256=:AAEC:', ['sha-256']],
    ['sha-256=:AAEC:, sha-512=:AAEC:;x=1', ['sha-512', 'sha-256']],
    ['md5=:AAEC:', []],
    ['sha-256=AAEC', []],
    ['sha-256="AAEC"', []],
    ['sha-256=(:AAEC:)', []],
    ['sha-256=:A', []],
    ['', []],
  ])('of %j are %j', (text, algorithms) => {
    const wanted = wantedDigests(HeaderFields.from({ 'repr-digest': text }), 'repr-digest');
    expect(wanted.map(({ algorithm }) => algorithm)).toEqual(algorithms);
    for (const { expected } of wanted) expect([...expected]).toEqual([0, 1, 2]);
  });
});

describe('a rate', () => {
  it('is that of the last five seconds, and tells how long the rest will take', () => {
    const meter = new RateMeter();
    meter.note(0, 0);
    expect(meter.pace(1_000)).toEqual({ bytesPerSecond: undefined, remainingMs: undefined });
    meter.note(1_000, 100);
    expect(meter.pace(1_000)).toEqual({ bytesPerSecond: 100, remainingMs: 9_000 });
    for (let second = 2; second <= 10; second++)
      meter.note(second * 1_000, 100 + (second - 1) * 50);
    expect(meter.pace(undefined)).toEqual({ bytesPerSecond: 50, remainingMs: undefined });
    meter.note(16_000, 550);
    expect(meter.pace(1_000)).toMatchObject({ bytesPerSecond: 0, remainingMs: undefined });
  });

  it('begins anew when bytes are taken back, or the clock is', () => {
    const meter = new RateMeter();
    meter.note(0, 0);
    meter.note(1_000, 1_000);
    meter.note(2_000, 10);
    expect(meter.pace(100).bytesPerSecond).toBeUndefined();
    meter.note(3_000, 110);
    expect(meter.pace(210)).toEqual({ bytesPerSecond: 100, remainingMs: 1_000 });
    meter.note(500, 120);
    expect(meter.pace(210).bytesPerSecond).toBeUndefined();
  });
});
