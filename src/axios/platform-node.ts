import { nodeFailures } from './failure-codes.js';
import { FetchExchange, type FetchTraits } from './fetch-exchange.js';
import { HttpExchange } from './http-exchange.js';
import { InstanceExchange } from './instance-exchange.js';
import { nodeBody } from './node-body.js';
import type { Platform } from './platform.js';
import { turnOfLoop } from './turn-of-loop.js';

const traits: FetchTraits = {
  // We follow redirects ourselves: method and body rules, headers kept home, each hop visible.
  redirect: 'manual',
  // Node's fetch takes a compressed body that is cut for a whole one, so none is asked for.
  acceptEncoding: 'identity',
  failures: nodeFailures,
  turn: turnOfLoop,
  body: (request) => {
    const body = nodeBody(request);
    if (body?.bytes !== undefined && !request.progress)
      return { data: body.bytes, contentType: body.contentType };
    return body;
  },
};

/** Node, Bun and Deno. */
export const platform: Platform = {
  choose: () => 'http',
  custom: 'http',
  openers: {
    http: (out, request, route) =>
      new (route.isInstance ? InstanceExchange : HttpExchange)(out, request, route),
    fetch: (out, request, route) => new FetchExchange(out, request, route, traits),
  },
};
