import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type Challenge, parseChallenges, printChallenges } from '../../src/http/challenge.js';

const short = (line: string): unknown[] =>
  parseChallenges([line]).map(({ scheme, params, token68 }) =>
    token68 === undefined ? [scheme, { ...params }] : [scheme, token68],
  );

describe('parseChallenges (E2)', () => {
  const cases: Readonly<Record<string, readonly unknown[]>> = {
    'Basic realm="simple"': [['basic', { realm: 'simple' }]],
    'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"': [
      ['newauth', { realm: 'apps', type: '1', title: 'Login to "apps"' }],
      ['basic', { realm: 'simple' }],
    ],
    'Negotiate, Basic realm="x"': [
      ['negotiate', {}],
      ['basic', { realm: 'x' }],
    ],
    'Digest realm="a, b", qop="auth, auth-int", algorithm=SHA-256, nonce="xyz==", opaque="o", Basic realm=simple, charset="UTF-8"':
      [
        [
          'digest',
          {
            realm: 'a, b',
            qop: 'auth, auth-int',
            algorithm: 'SHA-256',
            nonce: 'xyz==',
            opaque: 'o',
          },
        ],
        ['basic', { realm: 'simple', charset: 'UTF-8' }],
      ],
    'Bearer realm="x", error="invalid_token", scope="a b"': [
      ['bearer', { realm: 'x', error: 'invalid_token', scope: 'a b' }],
    ],
    'NTLM TlRMTVNTUAAC==': [['ntlm', 'TlRMTVNTUAAC==']],
    'Negotiate abc=, Basic realm="x"': [
      ['negotiate', 'abc='],
      ['basic', { realm: 'x' }],
    ],
    'DPoP algs="ES256 PS256"': [['dpop', { algs: 'ES256 PS256' }]],
    'basic REALM=x': [['basic', { realm: 'x' }]],
    '  ,, Basic   realm = "x" ,\t, charset= UTF-8 ,': [['basic', { realm: 'x', charset: 'UTF-8' }]],
    'Basic realm="one", realm="two"': [['basic', { realm: 'one' }]],
    'Basic realm="never closed, Digest nonce=y': [
      ['basic', { realm: 'never closed' }],
      ['digest', { nonce: 'y' }],
    ],
    'Basic realm="never closed, Digest realm="y", nonce="n"': [
      ['basic', { realm: 'never closed' }],
      ['digest', { realm: 'y', nonce: 'n' }],
    ],
    'Digest nonce="a", opaque="never closed, qop = "auth, auth-int", Basic realm=""': [
      ['digest', { nonce: 'a', opaque: 'never closed', qop: 'auth, auth-int' }],
      ['basic', { realm: '' }],
    ],
    'Digest realm="a, b=", nonce="n"opaque="o"': [
      ['digest', { realm: 'a, b=', nonce: 'n', opaque: 'o' }],
    ],
    'Basic realm="x" rubbish "y", Digest nonce=n': [
      ['basic', { realm: 'x' }],
      ['digest', { nonce: 'n' }],
    ],
    '= = =, "loose", Basic realm=x': [['basic', { realm: 'x' }]],
    'realm="no scheme"': [],
    '': [],
  };
  for (const [line, wanted] of Object.entries(cases)) {
    it(`reads ${JSON.stringify(line)}`, () => {
      expect(short(line)).toEqual(wanted);
    });
  }

  it('reads several field lines in their order', () => {
    expect(
      parseChallenges(['Basic realm="a"', 'Digest realm="b", nonce=n']).map(({ scheme }) => scheme),
    ).toEqual(['basic', 'digest']);
  });

  const token = fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,8}$/);
  const params = fc.uniqueArray(fc.tuple(token, fc.stringMatching(/^[ -~\u00e4]{0,12}$/)), {
    selector: ([name]) => name,
    maxLength: 5,
  });
  const challenge: fc.Arbitrary<Challenge> = fc.oneof(
    fc.record({
      scheme: token,
      params: params.map((pairs) =>
        Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(pairs)),
      ),
      token68: fc.constant(undefined),
    }),
    fc.record({
      scheme: token,
      params: fc.constant(Object.create(null) as Record<string, string>),
      token68: fc.stringMatching(/^[A-Za-z0-9._~+/-]{1,10}={0,2}$/),
    }),
  );

  it('reads back whatever it writes', () => {
    fc.assert(
      fc.property(fc.array(challenge, { maxLength: 4 }), (challenges) => {
        expect(parseChallenges([printChallenges(challenges)])).toEqual(challenges);
      }),
      { numRuns: 2000 },
    );
  });

  it('throws at nothing, and still finds a sound challenge behind rubbish without quotes', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (rubbish) => {
        parseChallenges([rubbish]);
        const found = parseChallenges([`${rubbish.replace(/"/g, '')}, Basic realm="here"`]);
        expect(found.at(-1)).toMatchObject({ scheme: 'basic', params: { realm: 'here' } });
      }),
      { numRuns: 2000 },
    );
  });

  it('reads no more than 64 KiB of a line', () => {
    expect(parseChallenges([`${' '.repeat(65_536)}Basic realm="x"`, 'Basic'])).toHaveLength(1);
  });

  it('takes linear time on hostile lines', () => {
    for (const piece of [
      '"',
      'a="',
      '\\"',
      'a=',
      ',',
      ' ',
      'a ',
      '=',
      'a="\\',
      'a="b,c=',
      'a=",a=\\"',
      '"= ,',
      'Basic ',
      'a=a',
      'a==',
    ]) {
      const start = process.cpuUsage().user;
      parseChallenges([piece.repeat(Math.ceil(100_000 / piece.length))]);
      expect((process.cpuUsage().user - start) / 1000).toBeLessThan(200);
    }
  });
});
