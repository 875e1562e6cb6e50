import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AUTH, basic, createClient, isTaskError } from '../../src/index.js';
import { answer, fakeFactory } from '../../src/testing/index.js';
import { tell } from './told.js';

const sentBy = (user: string, password: string): string | undefined => {
  const fake = fakeFactory(() => answer.json(200, 1));
  tell(
    createClient({
      baseUrl: 'https://api.test',
      factory: fake,
      interceptors: [basic(user, password)],
    }).get('/'),
  );
  return fake.exchanges[0]?.request.headers.get('authorization');
};

describe('basic', () => {
  it.each([
    ['Aladdin', 'open sesame', 'QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
    ['test', '123£', 'dGVzdDoxMjPCow=='],
    ['', '', 'Og=='],
    ['ada', 'a:b', 'YWRhOmE6Yg=='],
  ])('sends what RFC 7617 has for %s (E16)', (user, password, encoded) => {
    expect(sentBy(user, password)).toBe(`Basic ${encoded}`);
  });

  it('encodes any user and password as UTF-8 in Normalization Form C (E16)', () => {
    const text = fc
      .string({ unit: 'grapheme' })
      // eslint-disable-next-line no-control-regex -- those are refused
      .filter((value) => !/[\u0000-\u001f\u007f]/.test(value));
    fc.assert(
      fc.property(text, text, (user, password) => {
        fc.pre(!user.includes(':'));
        const expected = Buffer.from(`${user.normalize('NFC')}:${password.normalize('NFC')}`);
        expect(sentBy(user, password)).toBe(`Basic ${expected.toString('base64')}`);
      }),
    );
  });

  it.each([
    ['user', 'a:b', 'pw'],
    ['user', 'a\u0000', 'pw'],
    ['user', 'a\r\nX: y', 'pw'],
    ['password', 'a', 'pw\n'],
    ['password', 'a', 'pw\u007f'],
    ['password', 'a', undefined],
  ])('refuses a %s that it cannot send, without telling it (E16)', (field, user, password) => {
    let thrown: unknown;
    try {
      basic(user, password as string);
    } catch (error) {
      thrown = error;
    }
    expect(isTaskError(thrown, 'request') && thrown.field).toBe(field);
    expect((thrown as Error).message).not.toMatch(/a:b|X: y|pw/);
  });

  it('leaves a request with an Authorization of its own alone, and one with AUTH.of(false) (E9)', () => {
    const fake = fakeFactory(() => answer.json(200, 1));
    const client = createClient({
      baseUrl: 'https://api.test',
      factory: fake,
      interceptors: [basic('a', 'b')],
    });
    tell(client.get('/', { headers: { authorization: 'mine' } }));
    tell(client.get('/', { context: [AUTH.of(false)] }));
    expect(fake.exchanges.map(({ request }) => request.headers.get('authorization'))).toEqual([
      'mine',
      undefined,
    ]);
  });

  it('sends one request and delivers its 401 at once', () => {
    const fake = fakeFactory(() => answer.status(401));
    const client = createClient({
      baseUrl: 'https://api.test',
      factory: fake,
      interceptors: [basic('a', 'b')],
    });
    expect([tell(client.get('/')).end, fake.subscribed]).toEqual(['STATUS_401', 1]);
  });
});
