import { describe, expect, it } from '@jest/globals';
import { HeaderFields, type ResponseHead, TaskRequest, isTaskError } from '../../src/index.js';
import { encodeBody } from '../../src/http/body.js';
import { parseChallenges } from '../../src/http/challenge.js';
import { type AuthSession } from '../../src/challenges/auth-scheme.js';
import { digestScheme } from '../../src/challenges/digest-scheme.js';
import { hashHex } from '../../src/challenges/hash.js';

const MUFASA = { user: 'Mufasa', password: 'Circle of Life' };
const HTTP_AUTH =
  'realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
const get = new TaskRequest({ url: 'http://www.example.org/dir/index.html' });

function begin(
  challenge: string,
  credential = MUFASA,
  cnonce = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
): AuthSession {
  const [parsed] = parseChallenges([challenge]);
  const session = parsed && digestScheme({ cnonce: () => cnonce }).begin(parsed, credential);
  if (session === undefined) throw new Error('not answered');
  return session;
}

const head = (info: string): ResponseHead => ({
  status: 200,
  statusText: 'OK',
  url: get.url,
  headers: HeaderFields.from({ 'authentication-info': info }),
});
const params = (value: string): Record<string, string> => ({
  ...parseChallenges([value])[0]?.params,
});

describe('digestScheme', () => {
  it('answers the examples of RFC 7616 section 3.9.1', async () => {
    for (const [algorithm, response] of [
      ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
      ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
    ]) {
      const value = await begin(`Digest ${HTTP_AUTH}, algorithm=${String(algorithm)}`).authorize(
        get,
      );
      expect(params(value)).toMatchObject({
        username: 'Mufasa',
        uri: '/dir/index.html',
        nc: '00000001',
        qop: 'auth',
        response,
        algorithm,
      });
    }
  });

  it('answers the example of RFC 7616 section 3.9.2, with the hashes that its erratum gives', async () => {
    const challenge =
      'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true';
    const session = begin(
      challenge,
      { user: 'Jäsøn Doe', password: 'Secret, or not?' },
      'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
    );
    expect(
      params(await session.authorize(new TaskRequest({ url: 'http://api.example.org/doe.json' }))),
    ).toMatchObject({
      username: '793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b',
      userhash: 'true',
      response: '3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5',
    });
  });

  it('answers a server without qop, as RFC 2069 has it', async () => {
    const value = await begin(
      'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"',
      { user: 'Mufasa', password: 'CircleOfLife' },
    ).authorize(get);
    const ha1 = await hashHex('MD5', 'Mufasa:testrealm@host.com:CircleOfLife');
    const response = await hashHex(
      'MD5',
      `${ha1}:dcd98b7102dd2f0e8b11d0f600bfb0c093:${await hashHex('MD5', 'GET:/dir/index.html')}`,
    );
    expect(params(value)).toEqual({
      username: 'Mufasa',
      realm: 'testrealm@host.com',
      nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
      uri: '/dir/index.html',
      response,
    });
  });

  it('counts each request of a nonce, parallel ones too', async () => {
    const session = begin(`Digest ${HTTP_AUTH}`);
    const values = await Promise.all(
      Array.from({ length: 20 }, async () => session.authorize(get)),
    );
    expect(values.map((value) => params(value)['nc'])).toEqual(
      Array.from({ length: 20 }, (_, index) => (index + 1).toString(16).padStart(8, '0')),
    );
  });

  it('goes on with the next nonce, from one', async () => {
    const session = begin(`Digest ${HTTP_AUTH}`);
    await session.learn?.(head('nextnonce="fresh"'), get, await session.authorize(get));
    expect(params(await session.authorize(get))).toMatchObject({ nonce: 'fresh', nc: '00000001' });
  });

  it('counts on where a late answer brings back a nonce that was used before: no count of it twice', async () => {
    const session = begin(`Digest ${HTTP_AUTH}`);
    const used: (string | undefined)[][] = [];
    for (const nonce of ['one', 'two', 'one', 'two', 'two']) {
      const value = await session.authorize(get);
      await session.learn?.(head(`nextnonce="${nonce}"`), get, value);
      const next = params(await session.authorize(get));
      used.push([next['nonce'], next['nc']]);
    }
    expect(new Set(used.map((pair) => pair.join())).size).toBe(used.length);
    expect(used[2]).toEqual(['one', '00000003']);
  });

  it('hashes the body where the server offers auth-int alone, a recipe too', async () => {
    const session = begin(`Digest realm="r", qop="auth-int", nonce="n"`);
    const bodies = [
      'hello',
      () =>
        (async function* () {
          yield new TextEncoder().encode('hel');
          yield new TextEncoder().encode(await Promise.resolve('lo'));
        })(),
    ];
    for (const [index, body] of bodies.entries()) {
      const value = params(
        await session.authorize(
          new TaskRequest({ url: 'http://t/x', method: 'POST', body: encodeBody(body) }),
        ),
      );
      const ha1 = await hashHex('MD5', 'Mufasa:r:Circle of Life');
      const ha2 = await hashHex('MD5', `POST:/x:${await hashHex('MD5', 'hello')}`);
      expect(value['response']).toBe(
        await hashHex(
          'MD5',
          `${ha1}:n:0000000${String(index + 1)}:${value['cnonce'] ?? ''}:auth-int:${ha2}`,
        ),
      );
    }
  });

  it('makes the key of a -sess form once a nonce, from its first client nonce', async () => {
    let n = 0;
    const [challenge] = parseChallenges([
      'Digest realm="r", qop="auth", nonce="n", algorithm=MD5-sess',
    ]);
    const session =
      challenge && digestScheme({ cnonce: () => `c${String(n++)}` }).begin(challenge, MUFASA);
    const values = [
      params((await session?.authorize(get)) ?? ''),
      params((await session?.authorize(get)) ?? ''),
    ];
    const ha1 = await hashHex('MD5', `${await hashHex('MD5', 'Mufasa:r:Circle of Life')}:n:c0`);
    const ha2 = await hashHex('MD5', 'GET:/dir/index.html');
    expect(values.map((value) => value['response'])).toEqual(
      await Promise.all(
        ['00000001', '00000002'].map((nc) => hashHex('MD5', `${ha1}:n:${nc}:c0:auth:${ha2}`)),
      ),
    );
  });

  it('keeps the key of a -sess form until another challenge, whatever nonce comes next (RFC 7616 sections 3.4.2, 3.6)', async () => {
    let n = 0;
    const [challenge] = parseChallenges([
      'Digest realm="r", qop="auth", nonce="n", algorithm=MD5-sess',
    ]);
    const session =
      challenge && digestScheme({ cnonce: () => `c${String(n++)}` }).begin(challenge, MUFASA);
    await session?.learn?.(head('nextnonce="m"'), get, (await session.authorize(get)) as string);
    const value = (await session?.authorize(get)) ?? '';
    const { nonce = '', nc = '', cnonce = '', response } = params(value);
    const key = await hashHex('MD5', `${await hashHex('MD5', 'Mufasa:r:Circle of Life')}:n:c0`);
    const over = async (a2: string): Promise<string> =>
      hashHex('MD5', `${key}:m:00000001:${cnonce}:auth:${await hashHex('MD5', a2)}`);
    expect([nonce, nc, response]).toEqual(['m', '00000001', await over('GET:/dir/index.html')]);
    await session?.learn?.(head(`rspauth="${await over(':/dir/index.html')}"`), get, value);
  });

  it('checks the proof of the server, and fails when it is none', async () => {
    const session = begin(`Digest ${HTTP_AUTH}`);
    const value = await session.authorize(get);
    const { cnonce = '', nonce = '' } = params(value);
    const ha1 = await hashHex('MD5', 'Mufasa:http-auth@example.org:Circle of Life');
    const good = await hashHex(
      'MD5',
      `${ha1}:${nonce}:00000001:${cnonce}:auth:${await hashHex('MD5', ':/dir/index.html')}`,
    );
    await session.learn?.(head(`rspauth="${good}", qop=auth`), get, value);
    const error = await Promise.resolve(
      session.learn?.(head(`rspauth="${good.replace(/^./, 'x')}", qop=auth`), get, value),
    ).catch((cause: unknown) => cause);
    expect(isTaskError(error, 'auth') && error.code).toBe('AUTH_SERVER_UNPROVEN');
  });

  it('tells a stale nonce from a wrong password', () => {
    const session = begin(`Digest ${HTTP_AUTH}`);
    const again = (rest: string): boolean | undefined =>
      session.isStale?.(
        parseChallenges([`Digest ${HTTP_AUTH}${rest}`])[0] ?? {
          scheme: '',
          params: {},
          token68: undefined,
        },
      );
    expect([
      again(', stale=true'),
      again(', stale=TRUE'),
      again(', stale=false'),
      again(''),
    ]).toEqual([true, true, false, false]);
  });

  it('writes a user name beyond ASCII by RFC 8187 where the server takes no hash of it', async () => {
    expect(
      await begin('Digest realm="r", nonce="n", qop="auth"', {
        user: "Jäs'øn",
        password: 'x',
      }).authorize(get),
    ).toContain("username*=UTF-8''J%C3%A4s%27%C3%B8n");
  });

  it('answers no algorithm and no protection that it does not know, and ranks those that it does', () => {
    const strength = (rest: string): number | undefined =>
      digestScheme().strength(
        parseChallenges([`Digest realm="r", nonce="n"${rest}`])[0] ?? {
          scheme: '',
          params: {},
          token68: undefined,
        },
      );
    expect([strength(', algorithm=SHA-1'), strength(', qop="auth-conf"')]).toEqual([
      undefined,
      undefined,
    ]);
    const ranks = [
      strength(', algorithm=MD5'),
      strength(', algorithm=SHA-256'),
      strength(', algorithm=SHA-512-256-sess'),
    ].map(Number);
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
  });
});
