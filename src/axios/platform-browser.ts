import { FetchExchange, type FetchTraits } from './fetch-exchange.js';
import type { Platform } from './platform.js';
import { XhrExchange } from './xhr-exchange.js';

const traits: FetchTraits = {
  // A browser shows nothing of a redirect that it does not follow itself.
  redirect: 'follow',
  acceptEncoding: undefined,
  failures: {
    // fetch and XMLHttpRequest tell nothing; axios tells when the request was aborted.
    networkCode: (code) => (code === 'ECONNABORTED' ? 'CONNECTION_RESET' : undefined),
    isNeverSent: () => false,
    timeouts: {},
    refusals: undefined,
    words: {},
  },
  // Each kind of body but the recipe holds its value under its own name.
  body: ({ body }) =>
    body === undefined || body.kind === 'recipe'
      ? body
      : { data: (body as Record<string, unknown>)[body.kind], contentType: body.contentType },
};

/** Browsers and their workers. */
export const platform: Platform = {
  choose: ({ body, delivery, progress }) => {
    if (typeof XMLHttpRequest === 'undefined' || body?.kind === 'recipe') return 'fetch';
    // Only XMLHttpRequest tells how an upload goes on; only fetch gives a response as it arrives.
    return delivery === 'streamed' && !(progress && body !== undefined) ? 'fetch' : 'xhr';
  },
  custom: 'xhr',
  openers: {
    xhr: (out, request, route) => new XhrExchange(out, request, route, traits),
    fetch: (out, request, route) => new FetchExchange(out, request, route, traits),
  },
};
