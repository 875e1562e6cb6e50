import type { AuthSession } from './auth-scheme.js';
import type { ProtectionSpace } from './protection-space.js';

/** Where a session holds that was taken at this URL: its own domain, else the folder (RFC 7617 section 2.2). */
export function pathsOf(url: URL, domain: readonly string[] | undefined): string[] {
  if (domain === undefined || domain.length === 0)
    return [url.pathname.slice(0, url.pathname.lastIndexOf('/') + 1)];
  return domain.flatMap((uri) => {
    try {
      const at = new URL(uri, url);
      return at.origin === url.origin ? [at.pathname] : [];
    } catch {
      return [];
    }
  });
}

/**
 * Whether a session holds at its whole origin, where no deeper one is known: Digest that names no domain (RFC 7616 section
 * 3.3), and a proxy's. A hash tells nobody the password; what shows its secret goes no further than where it was asked for.
 */
export function reachesAll({ scheme, proxy }: ProtectionSpace, { domain }: AuthSession): boolean {
  return proxy || (scheme === 'digest' && (domain === undefined || domain.length === 0));
}

/** How deep the prefixes reach towards a path: -1 not at all, 0 only because it is the same origin. */
export function depthAt(pathname: string, prefixes: Iterable<string>, all: boolean): number {
  let depth = all ? 0 : -1;
  for (const prefix of prefixes)
    if (prefix.length > depth && pathname.startsWith(prefix)) depth = prefix.length;
  return depth;
}
