import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { lastValueFrom, of } from 'rxjs';
import { isTaskError } from '../../src/index.js';
import type { ChallengeHandler } from '../../src/challenges/challenge-options.js';
import { memoryStorage } from '../../src/challenges/credential-storage.js';
import { ADA, BOB } from '../support/real/accounts.js';
import { apache } from '../support/real/apache.js';
import { type Behind, behind } from './behind.js';
import { always, failure } from './guarded.js';

const PIECE = new Uint8Array(65_536);
const BODY_BYTES = 64 * PIECE.byteLength;

describe('Apache', () => {
  let real: Behind;
  beforeEach(async () => {
    real = await behind(apache);
  });
  afterEach(() => real.stop());
  const statuses = (): number[] => real.passed.map(({ status }) => status);
  async function* body(): AsyncGenerator<Uint8Array> {
    for (let made = 0; made < BODY_BYTES; made += PIECE.byteLength)
      yield await Promise.resolve(PIECE);
  }

  it('lets in by Basic: asked once, unasked to the folder below from then on, over new connections too (E1, E2, E13)', async () => {
    const client = real.client({ onChallenge: always(ADA) });
    for (const path of ['/basic/a', '/basic/b', '/basic/deep/c'])
      await lastValueFrom(client.get(path, { headers: { Connection: 'close' } }));
    expect(statuses()).toEqual([401, 200, 200, 200]);
    expect(real.backend.connections.opened).toBeGreaterThan(0);
  });

  it('says no to a wrong password, once for each that there is (E6)', async () => {
    const onChallenge: ChallengeHandler = (_question, { failures }) =>
      of(failures < 2 ? { user: 'ada', password: `guess ${String(failures)}` } : null);
    const error = await failure(real.client({ onChallenge }).get('/basic/a'));
    expect(isTaskError(error, 'status') && [error.status, error.previous.length]).toEqual([401, 2]);
    expect(statuses()).toEqual([401, 401, 401]);
  });

  it('keeps a page of the same realm for somebody else: that spoils nothing where the credential works', async () => {
    const onChallenge = jest.fn<ChallengeHandler>(always(ADA));
    const client = real.client({ onChallenge });
    await lastValueFrom(client.get('/basic/a'));
    for (const _ of [1, 2])
      expect(await failure(client.get('/basic/bob/diary'))).toMatchObject({ status: 401 });
    await lastValueFrom(client.get('/basic/a'));
    await lastValueFrom(client.get('/basic/new'));
    expect(statuses()).toEqual([401, 200, 401, 401, 200, 200]);
    // At the page that refused her, she is not sent again.
    expect(real.passed.map(({ headers }) => headers.authorization !== undefined)).toEqual([
      false,
      true,
      true,
      false,
      true,
      true,
    ]);
  });

  it('is told who comes by a password with a colon and a realm with quotes, commas and equals signs', async () => {
    const realms: string[] = [];
    const onChallenge: ChallengeHandler = ({ space }) => (realms.push(space.realm), of(BOB));
    await lastValueFrom(real.client({ onChallenge }).get('/quoted/a'));
    expect([realms, statuses()]).toEqual([['a, "b" = c'], [401, 200]]);
  });

  it('lets in by Digest, and counts the uses of its nonce', async () => {
    const client = real.client({ onChallenge: always(ADA) });
    for (const path of ['/digest/a?q=1,2&x="y"', '/digest/b/c'])
      await lastValueFrom(client.get(path));
    expect(
      real.seen().map(([target, status, { uri, nc, qop }]) => [target, status, uri, nc, qop]),
    ).toEqual([
      ['/digest/a?q=1,2&x=%22y%22', 401, undefined, undefined, undefined],
      ['/digest/a?q=1,2&x=%22y%22', 200, '/digest/a?q=1,2&x=%22y%22', '00000001', 'auth'],
      ['/digest/b/c', 200, '/digest/b/c', '00000002', 'auth'],
    ]);
  });

  it('proves that it knows the password, and a proof of another one is refused (rspauth)', async () => {
    const client = real.client({ onChallenge: always(ADA) });
    const { headers } = await lastValueFrom(client.get('/proof/a').response);
    expect(headers.get('authentication-info')).toMatch(/rspauth="[0-9a-f]{32}"/);
    real.front.onAnswer = (fields) =>
      fields.map((field) => field.replace(/rspauth="[^"]*/, `rspauth="${'0'.repeat(32)}`));
    expect(await failure(client.get('/proof/a'))).toMatchObject({ code: 'AUTH_SERVER_UNPROVEN' });
  });

  it('lets in a hundred at once by Digest, no two with the same count (nc)', async () => {
    const client = real.client({ onChallenge: always(ADA) });
    await lastValueFrom(client.get('/digest/first'));
    await Promise.all(
      Array.from({ length: 100 }, (_, n) => lastValueFrom(client.get(`/digest/${String(n)}`))),
    );
    const counts = real.seen().flatMap(([, , { nc }]) => nc ?? []);
    expect([new Set(counts).size, statuses().filter((status) => status === 401)]).toEqual([
      101,
      [401],
    ]);
  });

  it('forgets its nonces when it starts anew: stale=true is answered without asking again', async () => {
    const onChallenge = jest.fn<ChallengeHandler>(always(ADA));
    const client = real.client({ onChallenge });
    await lastValueFrom(client.get('/digest/a'));
    await real.server.restart();
    await lastValueFrom(client.get('/digest/b'));
    expect([statuses(), onChallenge.mock.calls.length]).toEqual([[401, 200, 401, 200], 1]);
    expect(real.seen().map(([, , { nc }]) => nc)).toEqual([
      undefined,
      '00000001',
      '00000002',
      '00000001',
    ]);
  });

  it('gives a nonce for one request each (nextnonce): the next goes along unasked', async () => {
    const client = real.client({ onChallenge: always(ADA) });
    for (const path of ['/once/a', '/once/b', '/once/c']) await lastValueFrom(client.get(path));
    expect(statuses()).toEqual([401, 200, 200, 200]);
    expect(new Set(real.seen().map(([, , { nonce }]) => nonce)).size).toBe(4);
  });

  it('is answered by Digest where Basic and what nobody knows stand beside it', async () => {
    const asked: string[] = [];
    const onChallenge: ChallengeHandler = ({ scheme }) => (asked.push(scheme), of(ADA));
    await lastValueFrom(real.client({ onChallenge }).get('/several/a'));
    expect([asked, statuses()]).toEqual([['digest'], [401, 200]]);
  });

  it('finds the user of its storage in the first request of a new client (E10)', async () => {
    const storage = memoryStorage();
    const permanent = always({ ...ADA, persistence: 'permanent' });
    await lastValueFrom(real.client({ storage, onChallenge: permanent }).get('/basic/a'));
    await lastValueFrom(real.client({ storage }).get('/basic/b'));
    expect(statuses()).toEqual([401, 200, 200]);
  });

  it.each(['/basic/up', '/digest/up'])(
    'hands on one body of an upload behind a probe, byte for byte: %s (E7, E22)',
    async (path) => {
      const client = real.client({ onChallenge: always(ADA), probe: 'HEAD' });
      for (const _ of [1, 2]) expect(await lastValueFrom(client.put(path, body))).toBe(BODY_BYTES);
      expect(real.passed.map(({ method, status }) => [method, status])).toEqual([
        ['HEAD', 401],
        ['HEAD', 200],
        ['PUT', 200],
        ['PUT', 200],
      ]);
      expect(real.passed.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0)).toBe(2 * BODY_BYTES);
    },
  );

  it('refuses an upload early, and gets the whole of it with the answer (A19, E17)', async () => {
    const client = real.client({ onChallenge: always(ADA) });
    expect(await lastValueFrom(client.put('/basic/up', body))).toBe(BODY_BYTES);
    expect(statuses()).toEqual([401, 200]);
    expect(real.passed[1]?.bodyBytes).toBe(BODY_BYTES);
  });
});
