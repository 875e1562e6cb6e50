import { type ContextToken, contextToken } from '../http/context.js';
import type { TaskRequest } from '../http/request.js';
import { around } from './compose.js';
import type { Interceptor } from './task-handler.js';

/**
 * Stands around the factory itself: at each exchange of each attempt and of each hop, with the request as it goes there.
 * It sees every head, also those of redirects and of refusals, which nobody above sees; what it puts on a request stays
 * with that exchange.
 */
export const AT_WIRE: ContextToken<Interceptor | undefined> = contextToken<Interceptor | undefined>(
  'atWire',
  undefined,
);

/** The request with one more interceptor at its wire, within those that are there. */
export function withAtWire(request: TaskRequest, added: Interceptor): TaskRequest {
  const { context } = request;
  const outer = context.get(AT_WIRE);
  const both: Interceptor =
    outer === undefined ? added : (sent, next) => outer(sent, around(added, next));
  return request.clone({ context: context.with([AT_WIRE.of(both)]) });
}
