import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lastValueFrom } from 'rxjs';
import { createClient } from '../../src/index.js';
import { answerChallenges } from '../../src/challenges/answer-challenges.js';
import { ADA } from '../support/real/accounts.js';
import { apache } from '../support/real/apache.js';
import { curl } from '../support/real/curl.js';
import { type LoopbackServer, loopback } from '../support/loopback.js';
import { type Behind, behind } from './behind.js';
import { always, params } from './guarded.js';

const login = (user: string = ADA.user, password: string = ADA.password): string[] => [
  '--user',
  `${user}:${password}`,
];
/** What each request makes anew, and what follows from it. */
const FRESH = ['nonce', 'cnonce', 'response', 'opaque'];

/** The parameters of an answer but for their values where they are made anew, and which of them stand in quotes. */
function shape(value: string | undefined): [string, unknown][] {
  return Object.entries(params(value))
    .map(([name, text]): [string, unknown] => [
      name,
      [
        FRESH.includes(name) ? 'anew' : text,
        new RegExp(`[ ,]${name.replace('*', '\\*')}="`).test(value ?? '') ? 'quoted' : 'bare',
      ],
    ])
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

describe('what coldwire sends to Apache is what curl sends', () => {
  let real: Behind;
  beforeEach(async () => {
    real = await behind(apache);
  });
  afterEach(() => real.stop());

  it.each([
    ['--basic', '/basic/a', 'GET'],
    ['--anyauth', '/basic/a', 'GET'],
    ['--digest', '/digest/a', 'GET'],
    ['--anyauth', '/digest/a?q=1&r="x y"', 'GET'],
    ['--digest', '/digest/a', 'POST'],
    ['--digest', '/once/a', 'GET'],
    ['--anyauth', '/several/a', 'GET'],
  ])('curl %s %s %s', async (how, path, method) => {
    const data = method === 'POST' ? ['--data-binary', 'hello'] : [];
    const target = new URL(path, real.url);
    expect(await curl(target.href, how, ...login(), ...data)).toBe(200);
    const ofCurl = real.passed.slice();
    const client = real.client({ onChallenge: always(ADA) });
    await lastValueFrom(method === 'POST' ? client.post(path, 'hello') : client.get(path));
    const ofUs = real.passed.slice(ofCurl.length);
    const last = (all: typeof ofCurl): unknown[] => {
      const { method: asked, target: at, status, headers, bodyBytes } = all.at(-1)!;
      const value = headers.authorization;
      return [
        asked,
        at,
        status,
        bodyBytes,
        how === '--basic' || path.startsWith('/basic') ? value : shape(value),
      ];
    };
    expect(last(ofUs)).toEqual(last(ofCurl));
    // With --basic curl sends the password unasked.
    expect(ofUs.map(({ status }) => status)).toEqual([401, 200]);
    expect(ofCurl).toHaveLength(how === '--basic' ? 1 : 2);
  });
});

describe('an answer of coldwire and one of curl to the same Digest challenge', () => {
  let server: LoopbackServer;
  afterEach(() => server.stop());

  /** Whether the response is the one of RFC 7616, worked out here by Node's own hashes. */
  const isRight = (
    value: Record<string, string>,
    { user, password, realm, method, body }: Record<string, string>,
  ): boolean => {
    const name = /256/.test(value['algorithm'] ?? '') ? 'sha256' : 'md5';
    const hash = (text: string): string => createHash(name).update(text).digest('hex');
    const { nonce = '', nc = '', cnonce = '', qop, uri = '' } = value;
    const plain = hash(`${user ?? ''}:${realm ?? ''}:${password ?? ''}`);
    const ha1 = /-sess$/i.test(value['algorithm'] ?? '')
      ? hash(`${plain}:${nonce}:${cnonce}`)
      : plain;
    const ha2 = hash(`${method ?? ''}:${uri}${qop === 'auth-int' ? `:${hash(body ?? '')}` : ''}`);
    const numbers = qop === undefined ? nonce : `${nonce}:${nc}:${cnonce}:${qop}`;
    return value['response'] === hash(`${ha1}:${numbers}:${ha2}`);
  };

  const NONCE = 'nonce="abc/+=="';
  it.each([
    ['MD5 by default', `Digest realm="r", ${NONCE}, qop="auth"`],
    ['MD5-sess', `Digest realm="r", ${NONCE}, qop="auth", algorithm=MD5-sess`],
    [
      'SHA-256 and opaque',
      `Digest realm="r", ${NONCE}, qop="auth", algorithm=SHA-256, opaque="o,p"`,
    ],
    ['SHA-256-sess', `Digest realm="r", ${NONCE}, qop="auth", algorithm=SHA-256-sess`],
    ['no qop (RFC 2069)', `Digest realm="r", ${NONCE}, opaque="o"`],
    ['both protections', `Digest realm="r", ${NONCE}, qop="auth-int,auth"`],
    ['auth-int', `Digest realm="r", ${NONCE}, qop="auth-int"`],
    [
      'a hashed user name',
      `Digest realm="r", ${NONCE}, qop="auth", algorithm=SHA-256, userhash=true`,
    ],
    ['a realm with quotes', `Digest realm="a \\"b\\", c", ${NONCE}, qop="auth"`],
    ['odd case and white space', `DIGEST  Realm="r" ,\t${NONCE},QOP="auth" , Algorithm=md5`],
  ])('%s: the same parameters, written alike, and both right', async (_name, challenge) => {
    server = await loopback(({ headers }) =>
      headers.authorization === undefined
        ? { status: 401, headers: { 'www-authenticate': challenge } }
        : { json: 1 },
    );
    const user = 'ada "the first"';
    const password = 'pass: "word"';
    expect(await curl(`${server.url}/a?b=c`, '--digest', ...login(user, password))).toBe(200);
    const client = createClient({
      baseUrl: server.url,
      interceptors: [answerChallenges({ onChallenge: always({ user, password }) })],
    });
    await lastValueFrom(client.get('/a?b=c'));
    const [, ofCurl, , ofUs] = server.requests.map(({ headers }) => headers.authorization);
    expect(shape(ofUs)).toEqual(shape(ofCurl));
    const realm = challenge.includes('a \\"b') ? 'a "b", c' : 'r';
    for (const value of [ofCurl, ofUs])
      expect(isRight(params(value), { user, password, realm, method: 'GET' })).toBe(true);
  });

  it('auth-int over a body: coldwire hashes the body, curl nothing', async () => {
    server = await loopback(async ({ headers }, _response, seen) => {
      await seen.body();
      return headers.authorization === undefined
        ? {
            status: 401,
            headers: { 'www-authenticate': `Digest realm="r", ${NONCE}, qop="auth-int"` },
          }
        : { json: 1 };
    });
    expect(await curl(`${server.url}/a`, '--digest', ...login(), '--data-binary', 'hello')).toBe(
      200,
    );
    const client = createClient({
      baseUrl: server.url,
      interceptors: [answerChallenges({ onChallenge: always(ADA) })],
    });
    await lastValueFrom(client.post('/a', 'hello'));
    const [, ofCurl, , ofUs] = server.requests.map(({ headers }) => headers.authorization);
    const about = { ...ADA, realm: 'r', method: 'POST' };
    expect(isRight(params(ofUs), { ...about, body: 'hello' })).toBe(true);
    expect([
      isRight(params(ofCurl), { ...about, body: '' }),
      isRight(params(ofCurl), { ...about, body: 'hello' }),
    ]).toEqual([true, false]);
  });
});
