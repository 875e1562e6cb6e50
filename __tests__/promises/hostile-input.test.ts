import { describe, expect, it } from '@jest/globals';
import { HeaderFields, TaskRequest, asText, createClient, isTaskError, taskError } from 'coldwire';
import { LineSplitter } from '../../src/decode/line-splitter.js';
import { encodeBody } from '../../src/http/body.js';
import { parseChallenges } from '../../src/http/challenge.js';
import { parseHttpDate } from '../../src/http/http-date.js';
import { rateLimitResetMs } from '../../src/http/rate-limit-reset.js';
import { retryAfterMs } from '../../src/http/retry-after.js';
import { codingNames } from '../../src/axios/coding-names.js';
import { nodeBody } from '../../src/axios/node-body.js';
import { toCurl } from '../../src/policies/to-curl.js';
import { serializeParams } from '../../src/http/params.js';
import { redactHeaders, redactUrl, secretsOf, scrub } from '../../src/http/redact.js';
import { appendQuery, parseBaseUrl, resolveUrl } from '../../src/http/url.js';
import { nextHop } from '../../src/policies/redirect-rules.js';
import { inspect } from 'node:util';
import { recorder } from './recorder.js';

const BYTES = 100_000;
const MOST_CPU_MS = 200;

/** 100 KB of what makes careless parsers slow: long runs, near misses, nests, and a last character that spoils the match. */
const ATTACKS: Readonly<Record<string, string>> = {
  'ten thousand different values': Array.from(
    { length: 10_000 },
    (_, i) => `k${String(i)}=v${String(i)}`,
  ).join(';'),
  ...Object.fromEntries(
    [
      'a',
      ' ',
      '\t',
      '/',
      '\\',
      '?',
      '&',
      '=',
      ';',
      ',',
      '"',
      '\\"',
      '%',
      '%2',
      '%0d',
      '+',
      '@',
      ':',
      '.',
      '[',
      '(',
      '{"a":',
      'a=b;',
      'a=b&',
      'key=1&',
      ' a',
      ', ',
      'é',
      '\u{1F600}',
      '\ud800',
      'x y\t',
      'http://',
      'a@',
      '/../',
      '0',
      '9',
      '-',
      'auth',
    ].flatMap((part) => [
      [`${JSON.stringify(part)} repeated`, part.repeat(Math.ceil(BYTES / part.length))],
      [
        `${JSON.stringify(part)} repeated, then a spoiler`,
        `${part.repeat(Math.ceil(BYTES / part.length))}\u0000!`,
      ],
    ]),
  ),
};

const head = (
  headers: Record<string, string>,
): { status: number; statusText: string; url: string; headers: HeaderFields } => ({
  status: 302,
  statusText: '',
  url: 'http://a.test/',
  headers: HeaderFields.received(headers),
});

/** Every place where text of a stranger is read. */
const PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  'a URL': (text) => resolveUrl(undefined, `http://a.test/${text}`, false),
  'a host': (text) => resolveUrl(undefined, `http://${text}`, false),
  'a path below a base': (text) =>
    resolveUrl({ origin: 'http://a.test', href: 'http://a.test' }, text, false),
  'a base URL': (text) => parseBaseUrl(`http://a.test/${text}`),
  'a query': (text) => appendQuery('http://a.test/', text),
  'the value of a parameter': (text) => serializeParams({ a: text, [text]: 'b', list: [text] }),
  'a URL to be redacted': (text) => [
    redactUrl(text),
    redactUrl(`http://${text}@a.test/`),
    redactUrl(`http://a.test/?${text}`),
  ],
  'header fields to be redacted': (text) =>
    redactHeaders(HeaderFields.received({ cookie: text, location: text, 'x-a': text })),
  'secrets to be found and masked': (text) =>
    scrub(
      `failed: ${text.slice(0, 1_000)}`,
      secretsOf(
        HeaderFields.received({ cookie: text, authorization: text }),
        `http://a.test/?token=${text}`,
      ),
    ),
  'a header field': (text) => HeaderFields.from({ 'x-a': text }),
  'the name of a header field': (text) => HeaderFields.from({ [text]: 'x' }),
  'a Location': (text) =>
    nextHop(new TaskRequest({ url: 'http://a.test/' }), head({ location: text }), () => true, {
      hops: 0,
      maxHops: 20,
    }),
  'a media type': (text) =>
    asText({ ...head({ 'content-type': `text/plain; charset=${text}` }), body: new Uint8Array(3) }),
  'a media type of spaces': (text) =>
    asText({ ...head({ 'content-type': `text/plain;${text}` }), body: new Uint8Array(3) }),
  'a body of lines': (text) =>
    new LineSplitter(1_000_000).push(new TextEncoder().encode(text), () => undefined),
  'an error': (text) => {
    const request = new TaskRequest({
      url: `http://a.test/?token=${text.slice(0, 10_000)}`,
      headers: HeaderFields.received({ cookie: text }),
    });
    const response = {
      ...head({ 'content-type': 'text/plain', 'set-cookie': text }),
      status: 500,
      body: new TextEncoder().encode(text),
    };
    const error = taskError(
      'status',
      { status: 500, response },
      { request, message: text, cause: new Error(text) },
    );
    return text.length % 2 === 0 ? JSON.stringify(error) : inspect(error);
  },
  'a Retry-After or a rate limit': (text) => [
    retryAfterMs(429, HeaderFields.received({ 'retry-after': text }), 0),
    rateLimitResetMs(
      429,
      HeaderFields.received({
        ratelimit: text,
        'ratelimit-reset': text,
        'x-ratelimit-reset': text,
        'ratelimit-policy': text,
      }),
      0,
    ),
  ],
  'a date': (text) => parseHttpDate(text, 0),
  'a Content-Encoding': (text) => codingNames(text),
  'a challenge': (text) => parseChallenges([text, `Basic ${text}`, `Digest realm="${text}`]),
  'the boundary of a form': (text) =>
    nodeBody(
      new TaskRequest({
        url: 'http://a.test/',
        method: 'POST',
        headers: HeaderFields.received({ 'content-type': `multipart/form-data;${text}` }),
        body: encodeBody(new FormData()),
      }),
    ),
  'a request as a command line': (text) =>
    toCurl(
      new TaskRequest({
        url: `http://a.test/?token=${encodeURIComponent(text.slice(0, 1_000).replace(/[\ud800-\udfff]/g, ''))}`,
        method: 'POST',
        headers: HeaderFields.received({ cookie: text, 'x-a': text }),
        body: encodeBody({ password: text, other: text }),
      }),
    ),
  'the XSRF cookie': (text) =>
    createClient({ factory: recorder(), xsrf: { origin: 'http://a.test', cookies: () => text } })
      .get('http://a.test/')
      .subscribe({ error: () => undefined }),
};

/** Runs it; when it fails, then with a typed error. */
function settle(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    expect(isTaskError(error)).toBe(true);
  }
}

describe('a hundred kilobytes of hostile text', () => {
  for (const [parser, parse] of Object.entries(PARSERS)) {
    it(`as ${parser} cost at most 200 ms of CPU and fail, if they fail, with a typed error (CVE-2021-3749, GHSA-cph5-m8f7-6c5x, CVE-2026-44496, undici CVE-2023-24807)`, () => {
      for (let i = 0; i < 20; i++) settle(() => parse(`warm=${String(i)}; up`));
      for (const [name, text] of Object.entries(ATTACKS)) {
        // What other tests of this process left to be collected is counted too: the second and third time are for that.
        const isCheap = [1, 2, 3].some(() => {
          const before = process.cpuUsage();
          settle(() => parse(text));
          const { user, system } = process.cpuUsage(before);
          return (user + system) / 1_000 < MOST_CPU_MS;
        });
        expect([name, isCheap]).toEqual([name, true]);
      }
    });
  }
});
