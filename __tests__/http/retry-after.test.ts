import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HeaderFields } from '../../src/index.js';
import { parseHttpDate } from '../../src/http/http-date.js';
import { retryAfterMs } from '../../src/http/retry-after.js';

const NOW_MS = Date.UTC(2026, 10, 20, 12, 0, 0);
const inSeconds = (seconds: number): string => new Date(NOW_MS + seconds * 1000).toUTCString();
const told = (
  headers: Record<string, string | string[]>,
  { status = 503, nowMs = NOW_MS } = {},
): number | undefined => retryAfterMs(status, HeaderFields.received(headers), nowMs);

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['1', 1000],
    ['120', 120_000],
    [' 7 ', 7000],
    ['1.5', 1500],
    ['0.0001', 1],
    ['5, 10', 10_000],
    ['3000000', 3_000_000_000],
  ])('in seconds: %j is %d ms', (value, ms) => {
    expect(told({ 'retry-after': value })).toBe(ms);
  });

  it.each([
    ['Fri, 20 Nov 2026 12:01:00 GMT', 60_000],
    ['Friday, 20-Nov-26 12:01:00 GMT', 60_000],
    ['Fri Nov 20 12:01:00 2026', 60_000],
    ['Fri, 20 Nov 2026 12:00:00 GMT', 0],
    ['Fri, 20 Nov 2026 11:00:00 GMT', 0],
  ])('as HTTP-date: %j is %d ms from now', (value, ms) => {
    expect(told({ 'retry-after': value })).toBe(ms);
  });

  it('reads a date by the clock of the server, when the answer says what that shows', () => {
    const headers = { 'retry-after': inSeconds(60), date: inSeconds(0) };
    for (const wrongByMs of [-86_400_000, 0, 86_400_000])
      expect(told(headers, { nowMs: NOW_MS + wrongByMs })).toBe(60_000);
    expect(told({ 'retry-after': inSeconds(60), date: 'yesterday' })).toBe(60_000);
  });

  it('takes the longest of several lines', () => {
    expect(told({ 'retry-after': ['5', '30', '10'] })).toBe(30_000);
    expect(told({ 'retry-after': [inSeconds(5), '4'] })).toBe(5000);
  });

  it.each([
    '',
    ' ',
    '-1',
    '+5',
    '1e3',
    '0x10',
    'soon',
    '5s',
    'NaN',
    'Infinity',
    '١٢',
    '2026-11-20T12:01:00Z',
  ])('is as if it were not there when it reads %j', (value) => {
    expect(told({ 'retry-after': value })).toBeUndefined();
  });

  it('is a finite number however long the digits are', () => {
    expect(told({ 'retry-after': '9'.repeat(400) })).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe('an HTTP-date', () => {
  it.each([
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
  ])('is read in the form %j (RFC 9110 section 5.6.7)', (text) => {
    expect(parseHttpDate(text, NOW_MS)).toBe(Date.UTC(1994, 10, 6, 8, 49, 37));
  });

  it.each([
    'Sun, 31 Feb 2027 00:00:00 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 06 Foo 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:00 GMT',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 06 Nov 1994 08:49:37',
    '1994-11-06T08:49:37Z',
    'Sunday, 06-Nov-1994 08:49:37 GMT',
  ])('is not %j', (text) => {
    expect(parseHttpDate(text, NOW_MS)).toBeUndefined();
  });

  it('has the century of two digits settled by the fifty-year rule', () => {
    const year = (text: string): number =>
      new Date(
        parseHttpDate(`Friday, 20-Nov-${text} 12:00:00 GMT`, NOW_MS) ?? NaN,
      ).getUTCFullYear();
    expect([year('26'), year('76'), year('77'), year('99'), year('00')]).toEqual([
      2026, 2076, 1977, 1999, 2000,
    ]);
  });

  it('comes back from what the platform writes, to the second', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date(Date.UTC(9999, 11, 31)), noInvalidDate: true }),
        (date) => {
          expect(parseHttpDate(date.toUTCString(), NOW_MS)).toBe(
            Math.floor(date.getTime() / 1000) * 1000,
          );
        },
      ),
    );
  });
});

describe('a rate limit that is used up', () => {
  it.each<[string, Record<string, string>, number]>([
    ['the RateLimit field', { ratelimit: '"default";r=0;t=30' }, 30_000],
    [
      'the longest of its used-up policies',
      { ratelimit: '"burst";r=0;t=5, "daily;t=9";r=0;t=60, "hour";r=3;t=900' },
      60_000,
    ],
    ['its earlier form', { ratelimit: 'limit=100, remaining=0, reset=12' }, 12_000],
    ['RateLimit-Reset', { 'ratelimit-remaining': '0', 'ratelimit-reset': '7' }, 7000],
    [
      'X-RateLimit-Reset in seconds from now',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9' },
      9000,
    ],
    [
      'X-RateLimit-Reset in seconds since 1970',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW_MS / 1000 + 40) },
      40_000,
    ],
    [
      'X-RateLimit-Reset in milliseconds since 1970',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW_MS + 1234) },
      1234,
    ],
    ['X-Rate-Limit-Reset', { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': '11' }, 11_000],
    [
      'a reset that has passed',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1000000000' },
      0,
    ],
  ])('is obeyed by %s', (_what, headers, ms) => {
    expect([told(headers), told(headers, { status: 429 })]).toEqual([ms, ms]);
  });

  it('is what 429 says when the answer does not tell what remains', () => {
    for (const headers of [
      { ratelimit: '"default";t=30' },
      { 'ratelimit-reset': '30' },
      { 'x-ratelimit-reset': '30' },
    ])
      expect([told(headers, { status: 429 }), told(headers, { status: 503 })]).toEqual([
        30_000,
        undefined,
      ]);
  });

  it('is none while something remains', () => {
    const headers = {
      ratelimit: '"default";r=50;t=3600',
      'x-ratelimit-remaining': '50',
      'x-ratelimit-reset': '3600',
    };
    expect([told(headers), told(headers, { status: 429 })]).toEqual([undefined, undefined]);
  });

  it('is not read out of the name of a policy', () => {
    expect(told({ ratelimit: '"x, r=0;t=999, \\", r=0;t=99";r=3;t=60' })).toBeUndefined();
  });

  it('counts less than a Retry-After', () => {
    expect(told({ 'retry-after': '2', 'ratelimit-remaining': '0', 'ratelimit-reset': '60' })).toBe(
      2000,
    );
  });
});

describe('hostile fields', () => {
  const NAMES = [
    'retry-after',
    'date',
    'ratelimit',
    'ratelimit-reset',
    'ratelimit-remaining',
    'x-ratelimit-reset',
  ];
  const shards = [
    '0',
    '9',
    '1.',
    ',',
    ';',
    '=',
    'r=0',
    't=5',
    '"',
    '\\',
    ' ',
    'Sun, 06 Nov 1994 08:49:37 GMT',
    '\n',
    'reset=',
    'é',
    '-',
  ];

  it('never make it throw, and what it says is a wait: finite, whole, not negative', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(...NAMES),
          fc.oneof(
            fc.string(),
            fc.array(fc.constantFrom(...shards)).map((parts) => parts.join('')),
          ),
        ),
        fc.integer({ min: 100, max: 599 }),
        (headers, status) => {
          const ms = told(headers, { status });
          expect(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('cost at most 200 ms of CPU at 100 KB each', () => {
    const worst = [
      '9',
      '"',
      '\\"',
      '"\\',
      ';',
      ',',
      ' ',
      'r=0;t=1,',
      '"a\\',
      'Sun, 06 Nov 1994 ',
      '0 ',
      '1.1.',
      ';r= ',
    ];
    for (const shard of worst) {
      const text = shard.repeat(Math.ceil(100_000 / shard.length));
      const before = process.cpuUsage();
      for (const name of NAMES)
        told({ [name]: `"${text}\\`, 'x-ratelimit-remaining': text }, { status: 429 });
      for (const name of NAMES) told({ [name]: text }, { status: 429 });
      const { user, system } = process.cpuUsage(before);
      expect({ shard, slow: (user + system) / 1000 / 12 > 200 }).toEqual({ shard, slow: false });
    }
  });
});
