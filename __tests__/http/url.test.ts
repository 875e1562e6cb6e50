import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidInput } from '../../src/http/invalid-input.js';
import { serializeParams } from '../../src/http/params.js';
import { appendQuery, originOf, parseBaseUrl, resolveUrl } from '../../src/http/url.js';

const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '/',
        '//',
        '\\',
        '\\\\',
        '/\\',
        'http:',
        'https:',
        'HTTP:',
        'ftp:',
        'javascript:',
        'data:,',
        '@',
        'user:pw@',
        'evil.example',
        ':80',
        ':',
        '.',
        '..',
        '%2e',
        '%2F',
        '%5c',
        '?',
        '#',
        ' ',
        '\t',
        '\n',
        '\r',
        '\0',
        '\u00a0',
        '\u2028',
        '。',
        '／',
        '[::1]',
        '127.0.0.1',
        '',
        ';',
        '&',
        "'",
        '"',
        '|',
        '^',
        '{}',
        'é',
        '😀',
        '\ud800',
      ),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));
const bases = [
  'https://api.example.com',
  'https://api.example.com/',
  'https://api.example.com/v1',
  'https://api.example.com/v1/',
  'http://localhost:8080/a/b',
  'http://[::1]:3000',
];
const attempt = (read: () => string): string | undefined => {
  try {
    return read();
  } catch (error) {
    if (error instanceof InvalidInput) return undefined;
    throw error;
  }
};

describe('a URL below a base', () => {
  it('never leaves the origin of the base, whatever is asked for', () => {
    fc.assert(
      fc.property(fc.constantFrom(...bases), nasty, fc.option(nasty), (href, path, query) => {
        const base = parseBaseUrl(href);
        const url = attempt(() => resolveUrl(base, path, false));
        if (url === undefined) return;
        const asked = new URL(
          query === null ? url : appendQuery(url, serializeParams({ q: query })),
        );
        expect([asked.origin, asked.username, asked.password]).toEqual([base.origin, '', '']);
      }),
      { numRuns: 3000 },
    );
  });

  it('is as the platform’s parser writes it, so that what is logged is what is sent', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...bases),
        fc.oneof(
          nasty,
          fc.webPath(),
          fc.stringMatching(/^[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]{0,12}$/),
        ),
        (href, path) => {
          const url = attempt(() => resolveUrl(parseBaseUrl(href), path, false));
          if (url !== undefined) expect(new URL(url).href).toBe(url);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['https://h', '', 'https://h/'],
    ['https://h', '?a=1', 'https://h/?a=1'],
    ['https://h/v1', '', 'https://h/v1'],
    ['https://h/v1/', '?a=1', 'https://h/v1?a=1'],
    ['https://h/v1', 'users', 'https://h/v1/users'],
    ['https://h/v1', '/users', 'https://h/v1/users'],
    ['https://h/v1/', '/users/', 'https://h/v1/users/'],
    ['https://h/v1', '/a/../b', 'https://h/v1/b'],
    ['https://h/v1', './a', 'https://h/v1/a'],
    ['https://h/v1', '/%2e%2e/a', 'https://h/a'],
    ['https://h/v1', '/a b', 'https://h/v1/a%20b'],
    ['https://h/v1', 'time:12:30', 'https://h/v1/time:12:30'],
    ['https://h/v1', "/it's?it's", "https://h/v1/it's?it%27s"],
    ['https://h/v1', 'https://h/elsewhere', 'https://h/elsewhere'],
    ['https://h:443/v1', 'https://h/elsewhere', 'https://h/elsewhere'],
  ])('%s with %s is %s', (base, path, url) => {
    const read = attempt(() => resolveUrl(parseBaseUrl(base), path, false));
    if (path.startsWith('time:'))
      expect(read).toBeUndefined(); // a scheme of its own, as the platform reads it
    else expect(read).toBe(url);
  });

  it.each([
    'https://evil.example/',
    '//evil.example',
    '\\\\evil.example',
    '/\\evil.example',
    ' //evil.example',
    '\thttps://evil.example',
    'h\nttps://evil.example',
    'http://api.example.com/',
    'https://api.example.com:8443/',
    'https://api.example.com.evil.example/',
  ])('refuses %j, naming where it would have gone', (url) => {
    expect(() => resolveUrl(parseBaseUrl('https://api.example.com'), url, false)).toThrow(
      expect.objectContaining({ field: 'url', code: 'URL_LEAVES_BASE' }),
    );
    expect(originOf(resolveUrl(parseBaseUrl('https://api.example.com'), url, true))).not.toBe(
      'https://api.example.com',
    );
  });

  it.each([
    'https://api.example.com@evil.example/',
    'https://user:hush@api.example.com/',
    'https:user:hush@evil.example',
  ])('refuses a login in %s, without repeating it', (url) => {
    const read = (): string => resolveUrl(parseBaseUrl('http://api.example.com'), url, true);
    expect(read).toThrow(
      expect.objectContaining({
        code: 'URL_HAS_CREDENTIALS',
        message: expect.not.stringContaining('hush'),
      }),
    );
  });

  it.each([
    'ftp://h/',
    'file:///etc/passwd',
    'data:text/plain,x',
    'javascript:alert(1)',
    'blob:https://h/1',
    'ws://h/',
  ])('refuses the scheme of %s (B1)', (url) => {
    for (const base of [undefined, parseBaseUrl('https://h')])
      expect(() => resolveUrl(base, url, true)).toThrow(
        expect.objectContaining({ code: 'URL_SCHEME' }),
      );
  });

  it.each([undefined, null, 7, {}, new URL('https://h/')])('refuses %p: a URL is text', (url) => {
    expect(() => resolveUrl(undefined, url as string, false)).toThrow(
      expect.objectContaining({ field: 'url', code: 'INVALID_URL' }),
    );
  });
});

describe('a base', () => {
  it.each([
    ['nonsense', 'INVALID_URL'],
    ['/relative', 'INVALID_URL'],
    ['', 'INVALID_URL'],
    ['http://', 'INVALID_URL'],
    ['http://h:99999', 'INVALID_URL'],
    ['ftp://h', 'URL_SCHEME'],
    ['https://user:hush@h', 'URL_HAS_CREDENTIALS'],
    ['https://h?a=1', 'INVALID_URL'],
    ['https://h#a', 'INVALID_URL'],
  ])('%j is refused: %s', (base, code) => {
    expect(() => parseBaseUrl(base)).toThrow(
      expect.objectContaining({
        field: 'baseUrl',
        code,
        message: expect.not.stringContaining('hush'),
      }),
    );
  });
});

describe('a query', () => {
  it.each([
    ['http://h/', 'a=1', 'http://h/?a=1'],
    ['http://h/?b=2', 'a=1', 'http://h/?b=2&a=1'],
    ['http://h/?', 'a=1', 'http://h/?a=1'],
    ['http://h/?b=2&', 'a=1', 'http://h/?b=2&a=1'],
    ['http://h/#f?g', 'a=1', 'http://h/?a=1#f?g'],
    ['http://h/', '', 'http://h/'],
  ])('of %s and %s is %s', (url, query, both) => {
    expect(appendQuery(url, query)).toBe(both);
  });
});
