import { afterEach, describe, expect, it } from '@jest/globals';
import { createClient } from 'coldwire';
import { cookieJar } from 'coldwire/cookies';
import { answer, fakeFactory } from 'coldwire/testing';
import { firstValueFrom } from 'rxjs';
import { type LoopbackServer, loopback } from '../../support/loopback.js';

let server: LoopbackServer | undefined;
afterEach(() => server?.stop());

/** The raw header fields of a request after these cookies were set. */
async function sentAfter(lines: readonly string[]): Promise<readonly string[]> {
  server = await loopback(() => ({ headers: { 'set-cookie': [...lines] }, json: 1 }));
  const client = createClient({ baseUrl: server.url, interceptors: [cookieJar()] });
  await firstValueFrom(client.get('/'));
  await firstValueFrom(client.get('/'));
  return server.requests[1]?.rawHeaders ?? [];
}

const cookieIn = (raw: readonly string[]): string | undefined =>
  raw[raw.findIndex((name) => name.toLowerCase() === 'cookie') + 1];

describe('cookies that servers set', () => {
  it('CVE-2026-9679: an encoded line end stays encoded, and splits no header', async () => {
    const raw = await sentAfter(['k=%0D%0AX-Injected: 1', 'm=a%3B b=2']);
    expect(cookieIn(raw)).toBe('k=%0D%0AX-Injected: 1; m=a%3B b=2');
    expect(raw.map((name) => name.toLowerCase())).not.toContain('x-injected');
  });

  it('CVE-2026-16729: what looks like an attribute or another cookie in a value is none', async () => {
    const raw = await sentAfter(['k="a; admin=1"', 'm=x=y; Path=/', 'n=1, admin=1']);
    expect(cookieIn(raw)).toBe('k="a; m=x=y; n=1, admin=1');
  });

  it.each([
    'SameSite=Strict',
    'samesite = STRICT',
    'SameSite=Strict; X-SameSite=None',
    'SameSite=None; SameSite=Strict',
  ])('CVE-2026-11525: %s is Strict, and no part of it makes it less', async (attributes) => {
    const factory = fakeFactory({
      'https://a.com/set': answer.json(200, 1, {
        headers: { 'set-cookie': `k=1; Path=/; ${attributes}` },
      }),
      'https://a.com/': (request) => answer.json(200, request.headers.get('cookie') ?? 'none'),
      'https://evil.com/': answer.status(302, { headers: { location: 'https://a.com/' } }),
    });
    const client = createClient({ factory, interceptors: [cookieJar()] });
    await firstValueFrom(client.get('https://a.com/set'));
    expect(await firstValueFrom(client.get('https://evil.com/'))).toBe('none');
    expect(await firstValueFrom(client.get('https://a.com/'))).toBe('k=1');
  });

  it('CVE-2023-26136: domains, paths and names of Object.prototype change nothing for anybody', async () => {
    const lines = [
      'a=1; Domain=__proto__',
      '__proto__=polluted; Path=/',
      'constructor=1; Path=/__proto__',
    ];
    const factory = fakeFactory(() => answer.json(200, 1, { headers: { 'set-cookie': lines } }));
    const client = createClient({ factory, interceptors: [cookieJar()] });
    for (const url of ['https://__proto__/', 'https://constructor/__proto__/x'])
      await firstValueFrom(client.get(url));
    expect(Object.keys(Object.prototype)).toEqual([]);
    for (const name of ['/', 'a', 'polluted', '/__proto__'])
      expect(({} as Record<string, unknown>)[name]).toBeUndefined();
  });
});
