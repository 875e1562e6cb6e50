import { type ContextToken, contextToken } from '../http/context.js';
import type { HeaderFields } from '../http/header-fields.js';

/** An interim response (RFC 9110 section 15.2): it comes before the answer, any number of times. */
export interface InterimResponse {
  /** 100 to 199, but not 101. */
  readonly status: number;
  readonly headers: HeaderFields;
}

/**
 * Told of every interim response of an exchange, while the body may still be on its way: how a `103 Early Hints` or a
 * `104 Upload Resumption Supported` is seen.
 *
 * Only publishers on Node's own http can tell; `fetch` and XMLHttpRequest hide interim responses, and nothing is told.
 *
 * @example
 * client.get('/page', { context: [INTERIM.of(({ status, headers }) => log(status, headers.get('link')))] });
 */
export const INTERIM: ContextToken<((interim: InterimResponse) => void) | undefined> = contextToken<
  ((interim: InterimResponse) => void) | undefined
>('interim', undefined);
