import { getPublicSuffix } from 'tough-cookie';
import type { TaskRequest } from '../http/request.js';
import { absoluteUrl } from '../http/url.js';
import { firstRequest } from '../task/first-request.js';
import type { SiteContext } from './jar.js';

/**
 * Which chains of redirects have left the site where they began. Such a hop goes where another site wants it, so it
 * takes along no cookie that is kept from other sites (`SameSite`), also when it comes back.
 */
export class SiteChains {
  readonly #crossed = new WeakSet<TaskRequest>();

  /** `strict` for what the application asked for; of what another site sends it to, reads are `lax`, all else `none`. */
  contextOf(request: TaskRequest): SiteContext {
    const first = firstRequest(request);
    if (first !== request && siteOf(first.url) !== siteOf(request.url)) this.#crossed.add(first);
    if (!this.#crossed.has(first)) return 'strict';
    return request.method === 'GET' || request.method === 'HEAD' ? 'lax' : 'none';
  }
}

/** Scheme and registrable domain; a host that has none is a site of its own. */
function siteOf(url: string): string {
  const { protocol, hostname } = absoluteUrl(url);
  return `${protocol}//${getPublicSuffix(hostname, { ignoreError: true }) ?? hostname}`;
}
