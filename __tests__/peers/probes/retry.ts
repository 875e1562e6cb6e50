import { type Latch, latch } from '../../support/latch.js';
import { loopback } from '../../support/loopback.js';
import { type Probes, no, outcomeOf, soon, withServer, yes } from '../probe.js';

/** 503 twice, then 200. */
const flaky = (headers = {}) =>
  loopback((_request, _response, { n }) =>
    n < 3 ? { status: 503, headers } : { json: { id: 1 }, headers: { 'x-attempt': n } },
  );
const attempts = (count: number): string => `${count} attempt${count === 1 ? '' : 's'}`;

export const retries: Probes = {
  '`retry(2)` of RxJS behind it sends it again': async ({ retried }) => {
    if (retried === undefined) return undefined;
    return withServer(flaky(), async (server) => {
      const { completed } = await outcomeOf(retried(`${server.url}/`));
      return completed && server.requests.length === 3 ? yes : no(attempts(server.requests.length));
    });
  },

  'A retry in the client sends a fresh token on every attempt': async ({ again }) => {
    if (again === undefined) return undefined;
    return withServer(flaky(), async (server) => {
      let minted = 0;
      await outcomeOf(again(`${server.url}/`, { token: () => `t${++minted}` }));
      const sent = server.requests.map(({ headers }) => headers.authorization);
      if (sent.length !== 3) return no(attempts(sent.length));
      return new Set(sent).size === 3 ? yes : no(sent.join(', '));
    });
  },

  'A retry in the client leaves a POST alone unless told': async ({ again }) => {
    if (again === undefined) return undefined;
    return withServer(flaky(), async (server) => {
      await outcomeOf(again(`${server.url}/`, { method: 'POST' }));
      return server.requests.length === 1 ? yes : no(attempts(server.requests.length));
    });
  },

  'A `Retry-After` beyond the limit ends it, never an earlier attempt': async ({ again }) => {
    if (again === undefined) return undefined;
    return withServer(flaky({ 'retry-after': '3600' }), async (server) => {
      let ended = false;
      const left = again(`${server.url}/`, { maxRetryAfterMs: 5 }).subscribe({
        error: () => (ended = true),
        complete: () => (ended = true),
      });
      await server.request(1);
      await soon(server, () => ended || server.requests.length > 1);
      left.unsubscribe();
      if (server.requests.length > 1) return no('asks early');
      return ended ? yes : no('waits an hour');
    });
  },

  'A stream as body is never sent empty the second time': async ({ again, upload }) => {
    if (again === undefined || upload === undefined) return undefined;
    return withServer(
      loopback(async (_request, _response, seen) => {
        await seen.body();
        return seen.n < 3 ? { status: 503 } : { json: { id: 1 } };
      }),
      async (server) => {
        const body = (async function* () {
          yield Buffer.alloc(70_000);
        })();
        const { completed } = await outcomeOf(again(`${server.url}/`, { method: 'PUT', body }));
        const sizes = server.requests.map(({ received }) => received.length);
        if (sizes.slice(1).includes(0))
          return no(`sent ${sizes.join(', ')} bytes${completed ? ', and succeeds' : ''}`);
        return yes;
      },
    );
  },

  'Twenty parallel 401s cause one refresh, and all succeed': async ({ renewing }) => {
    if (renewing === undefined) return undefined;
    return withServer(tokened(), async (server) => {
      let refreshes = 0;
      const get = renewing(server.url, 'stale', async () => {
        refreshes++;
        await server.until(({ requests }) => requests.length >= 20);
        await server.barrier();
        return 'fresh';
      });
      const ends = await Promise.all(
        Array.from({ length: 20 }, () => outcomeOf(get(`${server.url}/`))),
      );
      const succeeded = ends.filter(({ completed }) => completed).length;
      return refreshes === 1 && succeeded === 20
        ? yes
        : no(`${refreshes} refresh, ${succeeded} of 20 succeed`);
    });
  },

  'A 401 that comes after the refresh needs no second one': async ({ renewing }) => {
    if (renewing === undefined) return undefined;
    const go = latch();
    return withServer(tokened(go), async (server) => {
      let refreshes = 0;
      const get = renewing(server.url, 'stale', async () => {
        refreshes++;
        return 'fresh';
      });
      const late = outcomeOf(get(`${server.url}/late`));
      await server.request(1);
      await outcomeOf(get(`${server.url}/`));
      go.open();
      await late;
      return refreshes === 1 ? yes : no(`${refreshes} refreshes`);
    });
  },
};

/** Refuses the stale token; on `/late` only when it is let go. */
function tokened(go?: Latch) {
  return loopback(async (request) => {
    const fresh = request.headers.authorization === 'fresh';
    if (request.url === '/late' && !fresh) await go?.opened;
    return fresh ? { json: { id: 1 } } : { status: 401 };
  });
}
