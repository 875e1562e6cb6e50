import { type ContextToken, contextToken } from '../http/context.js';

/**
 * Set on a response that has no end of its own, such as a stream of events: a limit on the whole of it is one on the
 * time to its head.
 */
export const ENDLESS: ContextToken<boolean> = contextToken('endless', false);
