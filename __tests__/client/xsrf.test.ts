import { describe, expect, it } from '@jest/globals';
import { type XsrfOptions, createClient } from '../../src/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { tell } from '../testing/told.js';

const sent = (
  cookies: string,
  options: XsrfOptions = {},
  url = 'https://page.example/x',
  headers = {},
): Record<string, unknown> => {
  const fake = fakeFactory(() => answer.status(204));
  tell(
    createClient({
      factory: fake,
      xsrf: { origin: 'https://page.example', cookies: () => cookies, ...options },
    }).post(url, {}, { headers }),
  );
  return fake.exchanges[0]?.request.headers.toRecord() ?? { nothing: 'sent' };
};

describe('the XSRF cookie', () => {
  it('is repeated in a header on the page’s own origin', () => {
    expect(sent('a=b; XSRF-TOKEN=t%2Bk; c=d')).toEqual({ 'x-xsrf-token': 't+k' });
    expect(sent('mine=t', { cookieName: 'mine', headerName: 'X-Mine' })).toEqual({ 'x-mine': 't' });
  });

  it.each([
    'https://page.example:8443/',
    'http://page.example/',
    'https://api.page.example/',
    'https://page.example.evil.example/',
    'https://other.example/',
  ])('is not sent to %s', (url) => {
    expect(sent('XSRF-TOKEN=t', {}, url)).toEqual({});
  });

  it.each(['', 'XSRF-TOKEN', 'NOT-XSRF-TOKEN=t', 'xsrf-token=t', 'a=XSRF-TOKEN=t'])(
    'is not found in %j',
    (cookies) => {
      expect(sent(cookies)).toEqual({});
    },
  );

  it('leaves a header alone that the request has', () => {
    expect(sent('XSRF-TOKEN=t', {}, undefined, { 'X-XSRF-Token': 'own' })).toEqual({
      'x-xsrf-token': 'own',
    });
  });

  it.each([
    ['a%0D%0AX-Evil: 1', 'a%0D%0AX-Evil: 1'],
    ['%E2%82%AC', '%E2%82%AC'],
    ['%zz', '%zz'],
    ['\u20ac', undefined],
  ])('of %j becomes the header %j, and never stops the request', (value, header) => {
    expect(sent(`XSRF-TOKEN=${value}`)).toEqual(
      header === undefined ? {} : { 'x-xsrf-token': header },
    );
  });

  it('is left at home without an origin, and with false', () => {
    const fake = fakeFactory(() => answer.status(204));
    tell(
      createClient({ factory: fake, xsrf: { cookies: () => 'XSRF-TOKEN=t' } }).post(
        'https://page.example/x',
        {},
      ),
    );
    tell(createClient({ factory: fake, xsrf: false }).post('https://page.example/x', {}));
    expect(fake.exchanges.map(({ request }) => [...request.headers])).toEqual([[], []]);
  });
});
