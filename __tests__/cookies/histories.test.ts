import { describe, expect, it } from '@jest/globals';
import { type TaskRequest, createClient } from 'coldwire';
import { cookieJar } from 'coldwire/cookies';
import { answer } from 'coldwire/testing';
import fc from 'fast-check';
import { defer, lastValueFrom } from 'rxjs';

const HOSTS = [
  'a.com',
  'www.a.com',
  'x.www.a.com',
  'evil-a.com',
  'b.co.uk',
  'c.co.uk',
  '127.0.0.1',
];
const DOMAINS = [...HOSTS, '.a.com', 'com', 'co.uk', '.', ''];

const hop = fc.record({
  scheme: fc.constantFrom('http', 'https'),
  host: fc.constantFrom(...HOSTS),
  sets: fc.array(
    fc.record({
      domain: fc.option(fc.constantFrom(...DOMAINS), { nil: undefined }),
      secure: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
});

/** What a cookie says of itself: who set it, for which domain, and whether it is for TLS alone. */
interface Told {
  readonly by: string;
  readonly domain: string | null;
  readonly secure: boolean;
}

const valueOf = (told: Told): string => Buffer.from(JSON.stringify(told)).toString('base64url');
const toldBy = (value: string): Told => JSON.parse(String(Buffer.from(value, 'base64url'))) as Told;

/** Whether a host is the domain or one below it. */
const isWithin = (host: string, domain: string): boolean => {
  const bare = domain.replace(/^\./, '');
  return host === bare || (host.endsWith(`.${bare}`) && !/^[\d.]+$/.test(host));
};

describe('for random histories of requests, redirects and cookies, also at once', () => {
  it('no cookie reaches a host that it is not for, and no Secure one goes over plain http', async () => {
    let arrived = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(hop, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 6 }),
        fc.boolean(),
        async (chains, atOnce) => {
          const wrong: string[] = [];
          const make = (request: TaskRequest) =>
            defer(() => {
              const { protocol, hostname, pathname } = new URL(request.url);
              const [, chain = 0, at = 0] = pathname.split('/').map(Number);
              for (const pair of request.headers.get('cookie')?.split('; ') ?? []) {
                arrived += 1;
                const { by, domain, secure } = toldBy(pair.slice(pair.indexOf('=') + 1));
                const isFor =
                  domain === null
                    ? by === hostname
                    : isWithin(hostname, domain) && isWithin(by, domain);
                if (!isFor || (secure && protocol === 'http:' && hostname !== '127.0.0.1'))
                  wrong.push(`${pair} at ${request.url}`);
              }
              const here = chains[chain]?.[at];
              const next = chains[chain]?.[at + 1];
              const lines = (here?.sets ?? []).map(({ domain, secure }, n) => {
                const told = {
                  by: hostname,
                  domain: domain === undefined || /^\.?$/.test(domain) ? null : domain,
                  secure,
                };
                return `k${String(n)}=${valueOf(told)}; Path=/${domain === undefined ? '' : `; Domain=${domain}`}${secure ? '; Secure' : ''}`;
              });
              const headers = { 'set-cookie': lines };
              return next === undefined
                ? answer.json(200, 1, { headers })
                : answer.status(302, {
                    headers: {
                      ...headers,
                      location: `${next.scheme}://${next.host}/${String(chain)}/${String(at + 1)}`,
                    },
                  });
            });
          const client = createClient({ factory: { make }, interceptors: [cookieJar()] });
          const ask = (chain: number): Promise<unknown> => {
            const { scheme, host } = chains[chain]![0]!;
            return lastValueFrom(client.get(`${scheme}://${host}/${String(chain)}/0`));
          };
          if (atOnce) await Promise.all(chains.map((_chain, n) => ask(n)));
          else for (const n of chains.keys()) await ask(n);
          expect(wrong).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
    // It would hold of a jar that sends nothing, too.
    expect(arrived).toBeGreaterThan(100);
  });
});
