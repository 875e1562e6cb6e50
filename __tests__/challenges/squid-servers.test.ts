import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { lastValueFrom } from 'rxjs';
import type { ChallengeHandler } from '../../src/challenges/challenge-options.js';
import { memoryStorage } from '../../src/challenges/credential-storage.js';
import { ADA } from '../support/real/accounts.js';
import { apache } from '../support/real/apache.js';
import type { RealServer } from '../support/real/process.js';
import { type Relay, relay } from '../support/real/relay.js';
import { USES_OF_A_NONCE, squid } from '../support/real/squid.js';
import { type Behind, behind, proxied } from './behind.js';
import { always, params } from './guarded.js';

describe('Digest behind a proxy: Squid before Apache', () => {
  let real: Behind;
  let proxy: RealServer;
  let front: Relay;
  let stops: (() => Promise<unknown>)[];
  beforeEach(async () => {
    stops = [];
    real = await behind(apache);
    stops.push(() => real.stop());
    proxy = await squid();
    stops.push(() => proxy.stop());
    front = await relay(proxy.port);
    stops.push(() => front.stop());
  });
  afterEach(async () => {
    for (const stop of stops.reverse()) await stop();
  });
  const statuses = (): number[] => front.passed.map(({ status }) => status);
  const url = (path: string): string => `${real.url}${path}`;

  it('is answered on both, each with what is its own, unasked from then on', async () => {
    const client = await proxied(front.url, { onChallenge: always(ADA) });
    for (const path of ['/digest/a', '/digest/b']) await lastValueFrom(client.get(url(path)));
    expect(statuses()).toEqual([407, 401, 200, 200]);
    const realms = front.passed.map(({ headers }) => [
      params(headers['proxy-authorization'])['realm'],
      params(headers.authorization)['realm'],
    ]);
    expect(realms).toEqual([
      [undefined, undefined],
      ['squid', undefined],
      ['squid', 'vault'],
      ['squid', 'vault'],
    ]);
    expect(real.passed.filter(({ headers }) => 'proxy-authorization' in headers)).toEqual([]);
  });

  it('goes on with the nonce that the proxy gives it next when one has had its uses (nextnonce)', async () => {
    const client = await proxied(front.url, { onChallenge: always(ADA) });
    for (let n = 0; n <= 2 * USES_OF_A_NONCE; n++) await lastValueFrom(client.get(url('/open/a')));
    expect(statuses()).toEqual([407, ...Array<number>(2 * USES_OF_A_NONCE + 1).fill(200)]);
    const nonces = front.passed.map(
      ({ headers }) => params(headers['proxy-authorization'])['nonce'],
    );
    expect(new Set(nonces).size).toBeGreaterThan(3);
  });

  it('goes on with the same credential when the proxy has started anew and knows no nonce', async () => {
    const onChallenge = jest.fn<ChallengeHandler>(always(ADA));
    const client = await proxied(front.url, { onChallenge });
    await lastValueFrom(client.get(url('/open/a')));
    await proxy.restart();
    await lastValueFrom(client.get(url('/open/a')));
    expect([statuses(), onChallenge.mock.calls.length]).toEqual([[407, 200, 407, 200], 1]);
  });

  it('lets in sixty at once, though a nonce is good for five', async () => {
    const client = await proxied(front.url, { onChallenge: always(ADA) });
    await Promise.all(
      Array.from({ length: 60 }, (_, n) => lastValueFrom(client.get(url(`/open/${String(n)}`)))),
    );
    expect(statuses().filter((status) => status === 200)).toHaveLength(60);
    // Asked once, and now and then that a nonce has been used up.
    expect(statuses().length).toBeLessThan(4 * 60);
  });

  it('gets one body of an upload: the probe is asked by both (E7)', async () => {
    const client = await proxied(front.url, { onChallenge: always(ADA), probe: 'HEAD' });
    const body = new Uint8Array(30_000);
    expect(await lastValueFrom(client.put(url('/digest/up'), body))).toBe(body.byteLength);
    expect(
      front.passed.map(({ method, status, bodyBytes }) => [method, status, bodyBytes]),
    ).toEqual([
      ['HEAD', 407, 0],
      ['HEAD', 401, 0],
      ['HEAD', 200, 0],
      ['PUT', 200, body.byteLength],
    ]);
  });

  it('takes the weaker scheme of the proxy when only that is wanted, unasked in a new client (E10)', async () => {
    const space = { origin: front.url, realm: 'squid', scheme: 'basic', proxy: true };
    const storage = memoryStorage([{ space, credential: ADA, paths: ['/'] }]);
    const client = await proxied(front.url, { storage });
    await lastValueFrom(client.get(url('/open/a')));
    expect(statuses()).toEqual([200]);
  });
});
