import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { lastValueFrom, of } from 'rxjs';
import { type BodyRecipe, createClient } from '../../src/index.js';
import { answerChallenges } from '../../src/challenges/answer-challenges.js';
import type { ChallengeOptions } from '../../src/challenges/challenge-options.js';
import { multipart } from '../../src/upload/multipart-body.js';
import { type LoopbackServer, loopback } from '../support/loopback.js';
import { ADA, BASIC_ADA, always, failure, params } from './guarded.js';

const WHOLE = 3_000_000;
const PIECE = 50_000;

/** Opened anew each time, and says how often. */
function recipe(): { readonly open: BodyRecipe; readonly opened: () => number } {
  let opened = 0;
  return {
    opened: () => opened,
    open: async function* () {
      opened += 1;
      for (let made = 0; made < WHOLE; made += PIECE)
        yield await Promise.resolve(new Uint8Array(PIECE).fill(7));
    },
  };
}

describe('a body behind a challenge, over a real socket', () => {
  let server: LoopbackServer;
  afterEach(async () => {
    await server.stop();
  });
  const asking = (
    challenge: string,
    accepts: (header: string) => boolean,
  ): Promise<LoopbackServer> =>
    loopback(async (request, _response, seen) => {
      const { authorization } = request.headers;
      const { byteLength } = await seen.body();
      return authorization !== undefined && accepts(authorization)
        ? { json: byteLength }
        : { status: 401, headers: { 'www-authenticate': challenge } };
    });
  const client = (options: ChallengeOptions) =>
    createClient({
      baseUrl: server.url,
      interceptors: [answerChallenges({ onChallenge: always(ADA), ...options })],
    });
  const sizes = (): number[] => server.requests.map(({ received }) => received.byteLength);

  it('is opened again for the answer, and the server gets the whole of it each time (A18, A19)', async () => {
    server = await asking('Basic realm="staff"', (header) => header === BASIC_ADA);
    const { open, opened } = recipe();
    expect(await lastValueFrom(client({}).put('/up', open))).toBe(WHOLE);
    expect([sizes(), opened()]).toEqual([[WHOLE, WHOLE], 2]);
  });

  it('is opened again on both sides of a redirect, whole each time (A19)', async () => {
    const basic = (user: string): string => `Basic ${btoa(`${user}:x`)}`;
    server = await loopback(async ({ url = '', headers }, _response, seen) => {
      const { byteLength } = await seen.body();
      const realm = url.split('/')[1] ?? '';
      if (headers.authorization !== basic(realm))
        return { status: 401, headers: { 'www-authenticate': `Basic realm="${realm}"` } };
      return realm === 'in'
        ? { status: 307, headers: { location: '/out/up' } }
        : { json: byteLength };
    });
    const { open, opened } = recipe();
    const options: ChallengeOptions = {
      onChallenge: ({ space }) => of({ user: space.realm, password: 'x' }),
    };
    expect(await lastValueFrom(client(options).put('/in/up', open))).toBe(WHOLE);
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/in/up',
      '/in/up',
      '/out/up',
      '/in/up',
      '/out/up',
    ]);
    expect([new Set(sizes()), opened()]).toEqual([new Set([WHOLE]), 5]);
  });

  it('that can be read once is sent once: the 401 is delivered (A19)', async () => {
    server = await asking('Basic realm="staff"', (header) => header === BASIC_ADA);
    const { open } = recipe();
    expect(await failure(client({}).put('/up', open()))).toMatchObject({ status: 401 });
    expect(sizes()).toEqual([WHOLE]);
  });

  it('is hashed and then sent, the same bytes both times, where Digest covers it', async () => {
    const md5 = (text: string | Uint8Array): string => createHash('md5').update(text).digest('hex');
    const bodies: Buffer[] = [];
    server = await loopback(async (request, _response, seen) => {
      const body = await seen.body();
      const { nc = '', cnonce = '', response } = params(request.headers.authorization);
      bodies.push(body);
      const wanted = md5(
        `${md5('ada:r:correct')}:n:${nc}:${cnonce}:auth-int:${md5(`POST:/form:${md5(body)}`)}`,
      );
      return response === wanted
        ? { json: true }
        : {
            status: 401,
            headers: { 'www-authenticate': 'Digest realm="r", nonce="n", qop="auth-int"' },
          };
    });
    const { open, opened } = recipe();
    expect(
      await lastValueFrom(
        client({}).post('/form', multipart([{ name: 'film', value: open, filename: 'f' }])),
      ),
    ).toBe(true);
    expect([opened(), bodies.length, bodies[0]?.equals(bodies[1] ?? Buffer.of())]).toEqual([
      3,
      2,
      true,
    ]);
  });
});
