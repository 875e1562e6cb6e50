import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { DigestGuard } from './digest.js';
import { Transfers } from './transfers.js';

/** Every route is an async function of `{ url, headers, signal, answer, write }` and the state of this server. */
export const routes = {
  /** Two refusals before the answer: the first one says how long to wait. */
  async '/report'({ answer }, state) {
    state.reports += 1;
    await pause(60);
    if (state.reports === 1) return answer(503, { error: 'busy' }, { 'Retry-After': '1' });
    if (state.reports === 2) return answer(503, { error: 'still busy' });
    return answer(200, { report: 'all is well', askedFor: state.reports });
  },

  /** Wants a token that nobody has at first. */
  async '/orders'({ url, headers, answer, signal }, state) {
    const number = Number(url.pathname.split('/').at(-1));
    await pause(40 + 25 * number, undefined, { signal });
    if (headers.authorization !== `Bearer ${state.token}`)
      return answer(401, { error: 'the token has expired' }, { 'WWW-Authenticate': 'Bearer' });
    return answer(200, { order: number });
  },

  async '/token'({ answer }, state) {
    await pause(250);
    state.token = `token-${state.tokens++}`;
    return answer(200, { accessToken: state.token });
  },

  /** Thinks longer than anybody waits. */
  async '/forecast'({ answer, signal }) {
    await pause(30_000, undefined, { signal });
    return answer(200, { tomorrow: 'sunny' });
  },

  /** The shorter the words, the longer it takes: nobody waits for the first ones. */
  async '/search'({ url, answer, signal }) {
    const q = url.searchParams.get('q') ?? '';
    await pause(q.length < 6 ? 30_000 : 400, undefined, { signal });
    return answer(
      200,
      ['Ada Lovelace', 'Adam Ries', 'Ada Yonath'].filter((name) => name.startsWith(q)),
    );
  },

  /** A line every now and then, in one response. */
  async '/feed'({ write, end, signal }) {
    for (let n = 1; n <= 12; n++) {
      await pause(70, undefined, { signal });
      write(`${JSON.stringify({ n, reading: (20 + Math.sin(n) * 3).toFixed(2) })}\n`);
    }
    return end();
  },

  /** Reads what is sent at a pace of its own. */
  async '/upload'({ request, counts, answer }) {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of request) {
      hash.update(chunk);
      bytes += chunk.length;
      if (bytes % 524_288 < chunk.length) await pause(30);
    }
    counts.uploaded(bytes, hash.digest('hex').slice(0, 16));
    return answer(200, { bytes });
  },

  /** Twelve live events; every third one is followed by a cut. */
  async '/events'({ headers, counts, head, write, cut, signal }) {
    head({ 'Content-Type': 'text/event-stream' });
    write('retry: 150\n\n');
    for (let id = Number(headers['last-event-id'] ?? 0) + 1; id <= 12; id++) {
      await pause(60, undefined, { signal });
      counts.sentEvent(id);
      write(`id: ${id}\ndata: ${JSON.stringify({ id })}\n\n`);
      if (id % 3 === 0 && id < 12) return cut();
    }
    return pause(30_000, undefined, { signal });
  },

  async '/uploads'(exchange, { transfers }) {
    await transfers.upload(exchange);
  },

  async '/film'(exchange, { transfers }) {
    transfers.film(exchange);
  },

  '/vault': guarded(async ({ answer, url }) => answer(200, { opened: url.pathname })),

  '/archive': guarded(async ({ answer }, bytes) => answer(200, { bytes })),
};

/** Reads all that is sent, as most servers do, and only then says whether it may be: a body too many would be counted. */
function guarded(route) {
  return async (exchange, { guards }) => {
    const { request, url, headers, counts, answer } = exchange;
    let bytes = 0;
    for await (const chunk of request) bytes += chunk.length;
    counts.guardedBody(bytes);
    const guard = guards[url.pathname.split('/')[1]];
    if (guard.lets(request.method, request.url, headers.authorization))
      return route(exchange, bytes);
    counts.challenged();
    return answer(401, { error: 'who is it?' }, { 'WWW-Authenticate': guard.challenge() });
  };
}

export const newState = () => ({
  reports: 0,
  token: undefined,
  tokens: 1,
  transfers: new Transfers(),
  guards: {
    vault: new DigestGuard('vault', 'ada', 'correct horse'),
    archive: new DigestGuard('archive', 'ada', 'correct horse'),
  },
});
