import { type ContextToken, contextToken } from '../http/context.js';
import type { Interceptor } from './task-handler.js';

/**
 * Stands around each hop of a redirect, with the request as it would go there: for a policy whose header field holds
 * for one target only, or for the proxy on the way.
 */
export const ON_HOP: ContextToken<Interceptor | undefined> = contextToken<Interceptor | undefined>(
  'onHop',
  undefined,
);
