import type { HeaderFields } from '../../http/header-fields.js';

/** Whether a body came coded. Servers that say `identity` should say nothing (RFC 9110 section 8.4), and mean it. */
export function isCoded(headers: HeaderFields): boolean {
  return (headers.get('content-encoding') ?? '')
    .split(',')
    .some((name) => !['', 'identity'].includes(name.trim().toLowerCase()));
}
