import { platform } from '#platform';
import { invalid } from '../http/invalid-input.js';
import { adapterOf } from './adapter-of.js';
import type { AdapterName, Opener, Route } from './platform.js';
import type { Router } from './routed-factory.js';

/** The leanest way: each adapter is called directly, without axios' merging of configs, transforms and interceptors. */
export function ownRouter(adapter?: AdapterName, withCredentials?: boolean): Router {
  const routes: Partial<Record<AdapterName, Route>> = {};
  return (request) => {
    const name = adapter ?? platform.choose(request);
    const route = (routes[name] ??= {
      send: adapterOf(name),
      isInstance: false,
      maxBodyBytes: Infinity,
      transport: undefined,
      fetch: undefined,
      withCredentials,
    });
    return { opener: openerOf(name), route };
  };
}

/** @throws InvalidInput for an adapter that the platform does not have */
export function openerOf(name: AdapterName): Opener {
  const opener = platform.openers[name];
  if (opener === undefined)
    throw invalid('axiosFactory.adapter', 'an adapter that this platform has', name);
  return opener;
}
