import { describe, expect, it } from '@jest/globals';
import { createClient } from 'coldwire';
import { slyLocations } from '../../support/locations.js';
import { errorOf, outcomeOf } from '../outcome.js';
import { recorder } from '../recorder.js';

const BASE = 'http://a.test/api';

/** Where a client of this base would send this URL: the URL, or the code of the refusal. */
async function destination(url: string, options: object = { baseUrl: BASE }): Promise<string> {
  const factory = recorder();
  const { error } = await outcomeOf(
    createClient({ ...options, factory, headers: { authorization: 'Bearer t' } }).get(url),
  );
  expect(factory.requests).toHaveLength(error === undefined ? 1 : 0);
  return error === undefined ? (factory.requests[0]?.url ?? '') : (error as { code: string }).code;
}

describe('a URL from untrusted input', () => {
  it.each([
    'http://evil.test/',
    'https://a.test/',
    'http://a.test:8080/',
    'http://a.test.evil.test/',
    'HTTP://evil.test/',
    ' http://evil.test/',
    'http:\\\\evil.test',
    'http:/\t/evil.test',
    'ht\ntp://evil.test/',
    '\u0000//evil.test',
    '//evil.test/x',
    '\\\\evil.test/x',
    '/\\evil.test/x',
    '\\/evil.test/x',
    '///evil.test/x',
    '/\t/evil.test/x',
    '/\n/evil.test',
    ' //evil.test',
  ])(
    '%j does not take the base’s credentials to another origin (CVE-2024-39338, GHSA-8hc4-vh64-cxmj, CVE-2025-27152, GHSA-jr5f-v2jv-69x6, undici CVE-2022-35949, Angular CVE-2025-66035, CVE-2026-41423)',
    async (url) => {
      const went = await destination(url);
      if (went.startsWith('http')) expect(new URL(went).origin).toBe('http://a.test');
      else expect(went).toMatch(/^(URL_LEAVES_BASE|INVALID_URL|URL_SCHEME)$/);
    },
  );

  it.each(Object.entries(slyLocations))(
    'that is %s stays at the base or is refused',
    async (_name, url) => {
      const went = await destination(url);
      if (went.startsWith('http')) expect(new URL(went).origin).toBe('http://a.test');
    },
  );

  it.each([
    '',
    '/',
    '/users/1',
    'users/1',
    '?q=1',
    '/a:b',
    'a:1/b',
    '/%2F%2Fevil.test',
    '/@evil.test',
    '/x?next=//evil.test',
    '/..//evil.test',
  ])('%j is a path below the base', async (url) => {
    const went = await destination(url);
    if (url === 'a:1/b') expect(went).toMatch(/^URL_|^INVALID_URL|^http:\/\/a\.test\//);
    else expect(new URL(went).origin).toBe('http://a.test');
  });

  it('cannot climb out by user info in front of the base’s host', async () => {
    expect(await destination('@evil.test/')).toBe('http://a.test/api/@evil.test/');
    expect(await destination('.evil.test/')).toBe('http://a.test/api/.evil.test/');
    expect(await destination(':8080/')).toMatch(/^http:\/\/a\.test\/api\/:8080\//);
  });

  it.each([
    ['data:text/plain,owned', 'CVE-2025-58754, GHSA-4hjh-wcwx-xvwj'],
    ['file:///etc/passwd', 'CVE-2022-33987'],
    ['javascript:alert(1)', ''],
    ['ftp://127.0.0.1/x', ''],
    ['unix:/var/run/docker.sock:/x', 'got CVE-2022-33987'],
    ['blob:http://a.test/1', ''],
    ['ws://a.test/', ''],
  ])('%j is refused before anything is sent, with and without a base (B1) (%s)', async (url) => {
    expect(await destination(url)).toMatch(/^URL_/);
    expect(await destination(url, {})).toBe('URL_SCHEME');
    expect(await destination(url, { baseUrl: BASE, allowAbsoluteUrls: true })).toBe('URL_SCHEME');
  });

  it.each([
    'http://evil%2Ftest/',
    'http://127.0.0.1%2F@a.test/',
    'http://a b/',
    'http://[::1',
    'http://a.test:99999/',
    'http://',
    'http://exa%00mple/',
  ])(
    '%j is no URL and is refused, not repaired (curl CVE-2022-27780, follow-redirects CVE-2023-26159)',
    async (url) => {
      expect(await destination(url, {})).toMatch(/^(INVALID_URL|URL_HAS_CREDENTIALS)$/);
    },
  );

  it('has its control characters percent-encoded, never sent raw (CVE-2026-42040, undici CVE-2022-31150)', async () => {
    expect(await destination('/a?q=\u0000x')).toBe('http://a.test/api/a?q=%00x');
    for (const url of ['/a\r\nHost: evil', '/a\u0000b', '/a b', '/a?q=b\r\nX: y', '/a\u007f']) {
      // eslint-disable-next-line no-control-regex -- what must not be there
      expect(await destination(url)).not.toMatch(/[\u0000-\u0020\u007f]/);
    }
    const factory = recorder();
    await outcomeOf(
      createClient({ baseUrl: BASE, factory }).get('/a', {
        params: { 'k\r\n': 'v\u0000\r\nX: y' },
      }),
    );
    expect(factory.requests[0]?.url).toBe(
      'http://a.test/api/a?k%0D%0A=v%00%0D%0AX%3A+y'.replace('X%3A', 'X:'),
    );
  });

  it('with a user and a password is refused, and the refusal does not repeat them (curl CVE-2021-22876, CVE-2023-45857)', async () => {
    const error = await errorOf(
      createClient({ factory: recorder() }).get('http://user:hunter22@a.test/'),
    );
    expect(error.code).toBe('URL_HAS_CREDENTIALS');
    expect(JSON.stringify(error) + String(error.stack)).not.toContain('hunter22');
  });

  it('never sends its fragment', async () => {
    expect(await destination('/a#secret')).toBe('http://a.test/api/a');
  });

  it('is compared with the base by its ASCII form: a look-alike or a dot at the end is another host (curl CVE-2022-43551)', async () => {
    expect(await destination('http://a.test./')).toBe('URL_LEAVES_BASE');
    expect(await destination('http://а.test/')).toBe('URL_LEAVES_BASE');
    expect(await destination('http://A。test/api')).toBe('http://a.test/api');
  });
});

describe('a base URL', () => {
  it.each([
    '/api',
    'a.test',
    'ftp://a.test',
    'data:x',
    'http://user:hunter22@a.test',
    'http://a.test?x=1',
    'http://a.test#x',
    'http://',
    42,
    null,
  ])('%j is refused when the client is made', (baseUrl) => {
    let thrown: unknown;
    try {
      createClient({ baseUrl: baseUrl as string });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ kind: 'request', field: 'baseUrl' });
    expect(String((thrown as Error).stack)).not.toContain('hunter22');
  });
});
