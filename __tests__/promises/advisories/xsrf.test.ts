import { describe, expect, it } from '@jest/globals';
import { createClient } from 'coldwire';
import { outcomeOf } from '../outcome.js';
import { recorder } from '../recorder.js';

/** The XSRF header that goes along with a request to this URL from a page of http://a.test. */
async function tokenSentTo(
  url: string,
  cookies = 'other=1; XSRF-TOKEN=t0ken; last=2',
): Promise<string | undefined> {
  const factory = recorder();
  const client = createClient({
    factory,
    baseUrl: 'http://a.test',
    allowAbsoluteUrls: true,
    xsrf: { origin: 'http://a.test', cookies: () => cookies },
  });
  await outcomeOf(client.post(url, 'x'));
  return factory.requests[0]?.headers.get('x-xsrf-token');
}

describe('the XSRF token', () => {
  it('goes to the page’s own origin', async () => {
    expect(await tokenSentTo('/x')).toBe('t0ken');
    expect(await tokenSentTo('http://a.test/x')).toBe('t0ken');
    expect(await tokenSentTo('http://A.test:80/x')).toBe('t0ken');
  });

  it.each([
    'http://evil.test/',
    'https://a.test/',
    'http://a.test:8080/',
    'http://a.test.evil.test/',
    'http://sub.a.test/',
    '//evil.test/',
    '/\\evil.test/',
    '\\\\evil.test/',
    '/\t/evil.test/',
    'http:\\\\evil.test/',
  ])(
    'does not go to %j (CVE-2023-45857, GHSA-wf5p-g6vw-rhxx, Angular CVE-2025-66035, GHSA-58c5-g7wp-6w37)',
    async (url) => {
      expect(await tokenSentTo(url)).toBeUndefined();
    },
  );

  it('does not follow a redirect to another origin (CVE-2023-45857)', async () => {
    const factory = recorder(({ url }) =>
      url === 'http://a.test/x' ? { status: 307, headers: { location: 'http://evil.test/' } } : {},
    );
    await outcomeOf(
      createClient({
        factory,
        xsrf: { origin: 'http://a.test', cookies: () => 'XSRF-TOKEN=t' },
      }).post('http://a.test/x', 'b'),
    );
    expect(
      factory.requests.map((request) => [request.url, request.headers.get('x-xsrf-token')]),
    ).toEqual([
      ['http://a.test/x', 't'],
      ['http://evil.test/', undefined],
    ]);
  });

  it('is not switched on for everybody by a polluted prototype (CVE-2026-42042, withXSRFToken)', async () => {
    const polluted = Object.prototype as Record<string, unknown>;
    polluted['withXSRFToken'] = true;
    polluted['origin'] = 'http://evil.test';
    try {
      expect(await tokenSentTo('http://evil.test/')).toBeUndefined();
    } finally {
      delete polluted['withXSRFToken'];
      delete polluted['origin'];
    }
  });

  it('is found by its name alone, however odd, and in linear time (CVE-2026-44496)', async () => {
    const factory = recorder();
    const cookieName = '(a+)+$';
    await outcomeOf(
      createClient({
        factory,
        xsrf: {
          origin: 'http://a.test',
          cookieName,
          cookies: () => `x(a+)+$=no; (a+)+$=yes; ${'a'.repeat(100_000)}!`,
        },
      }).get('http://a.test/'),
    );
    expect(factory.requests[0]?.headers.get('x-xsrf-token')).toBe('yes');
  });
});
