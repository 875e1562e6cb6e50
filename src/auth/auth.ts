import { type ContextToken, contextToken } from '../http/context.js';

/**
 * Whether credentials are put on a request: `AUTH.of(false)` keeps {@link authenticate} and {@link basic} off it. A
 * refresh that goes through the very client that it refreshes must carry it.
 *
 * @example
 * client.post('/token', form, { context: [AUTH.of(false)] });
 */
export const AUTH: ContextToken<boolean> = contextToken('auth', true);
