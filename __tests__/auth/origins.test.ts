import { afterEach, describe, expect, it } from '@jest/globals';
import { authenticate, basic, bearer, createClient } from '../../src/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { tell } from './told.js';

const OWN = 'https://api.test';
const seen = (run: (fake: ReturnType<typeof fakeFactory>) => void): (string | undefined)[] => {
  const fake = fakeFactory(() => answer.json(200, 1));
  run(fake);
  return fake.exchanges.map(({ request }) => request.headers.get('authorization'));
};
const policies = {
  authenticate: (origins?: string[]) =>
    authenticate({ credential: 'a', apply: bearer, ...(origins && { origins }) }),
  basic: (origins?: string[]) => basic('ada', 'pw', { ...(origins && { origins }) }),
};

describe.each(Object.entries(policies))('%s', (_name, policy) => {
  it('goes to the origin of the base URL, and without a credential everywhere else', () => {
    const sent = seen((factory) => {
      const client = createClient({
        baseUrl: `${OWN}/v1`,
        allowAbsoluteUrls: true,
        factory,
        interceptors: [policy()],
      });
      for (const url of [
        '/x',
        `${OWN}/y`,
        `${OWN}:443/z`,
        'HTTPS://API.test/q',
        'http://api.test/',
        'https://api.test:8443/',
        'https://api.test.evil.test/',
        'https://evil.test/https://api.test/',
      ])
        tell(client.get(url));
    });
    expect(sent.map((value) => value !== undefined)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it('goes to the origins that are given, and to no base URL beside them', () => {
    const sent = seen((factory) => {
      const client = createClient({
        baseUrl: 'https://base.test',
        allowAbsoluteUrls: true,
        factory,
        interceptors: [policy([OWN, 'http://localhost:8080/'])],
      });
      for (const url of ['/x', OWN, 'http://localhost:8080/?q', 'http://localhost/'])
        tell(client.get(url));
    });
    expect(sent.map((value) => value !== undefined)).toEqual([false, true, true, false]);
  });

  it('refuses to guess: without a base URL, a page and origins it is a request error', () => {
    const fake = fakeFactory(() => answer.json(200, 1));
    const client = createClient({ factory: fake, interceptors: [policy()] });
    const { error } = tell(client.get(`${OWN}/x`));
    expect(error).toMatchObject({ kind: 'request', field: 'origins' });
    expect(error?.message).toContain('baseUrl');
    expect(fake.subscribed).toBe(0);
  });

  it('stays with the client that sends, whoever made the request', () => {
    const sent = seen((factory) => {
      const elsewhere = createClient({ baseUrl: 'https://evil.test' });
      const client = createClient({ baseUrl: OWN, factory, interceptors: [policy()] });
      tell(client.request(elsewhere.get('/x').request));
      tell(client.request(client.get('/x').request));
    });
    expect(sent.map((value) => value !== undefined)).toEqual([false, true]);
  });

  it('does not follow a redirect to another origin, scheme or port', () => {
    const places = ['http://api.test/', 'https://api.test:8443/', 'https://evil.test/', '/same'];
    for (const place of places) {
      const fake = fakeFactory((request) =>
        request.url === `${OWN}/start`
          ? answer.status(302, { headers: { Location: place } })
          : answer.json(200, 1),
      );
      const client = createClient({ baseUrl: OWN, factory: fake, interceptors: [policy()] });
      tell(client.get('/start'));
      expect([place, fake.exchanges[1]?.request.headers.has('authorization')]).toEqual([
        place,
        place === '/same',
      ]);
    }
  });
});

describe('in a page', () => {
  const place = globalThis as { location?: unknown };
  afterEach(() => {
    delete place.location;
  });

  it('a client without a base URL sends the credential to the page’s own origin', () => {
    place.location = { href: 'https://page.test/app', origin: 'https://page.test' };
    const sent = seen((factory) => {
      const client = createClient({ factory, interceptors: [policies.authenticate()] });
      tell(client.get('/x'));
      tell(client.get('https://evil.test/x'));
    });
    expect(sent).toEqual(['Bearer a', undefined]);
  });
});
