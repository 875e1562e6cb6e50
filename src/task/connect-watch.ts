import { type ContextToken, contextToken } from '../http/context.js';

/**
 * What a publisher calls when the connection of an attempt stands (TLS included, or one of the pool was taken), if it
 * can tell. It may be called more than once, and never has to be: the head says so too.
 *
 * @example
 * request.context.get(CONNECT_WATCH)?.();
 */
export const CONNECT_WATCH: ContextToken<(() => void) | undefined> = contextToken<(() => void) | undefined>('connect watch', undefined);
