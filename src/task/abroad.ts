import { type ContextToken, contextToken } from '../http/context.js';

/** Set on the hop of a redirect that leads to another origin: who adds credentials of its own must not add them to it. */
export const ABROAD: ContextToken<boolean> = contextToken('abroad', false);
