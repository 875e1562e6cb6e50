import { type ContextToken, contextToken } from '../http/context.js';

/**
 * Told of the body of a response as it is transferred, before its codings are undone and before the chunks that come of
 * it. A publisher whose platform undoes them tells nothing.
 */
export const TRANSFERRED: ContextToken<((bytes: Uint8Array) => void) | undefined> = contextToken<
  ((bytes: Uint8Array) => void) | undefined
>('transferred', undefined);
