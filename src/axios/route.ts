import { platform } from '#platform';
import { invalid } from '../http/invalid-input.js';
import type { TaskRequest } from '../http/request.js';
import { ABROAD } from '../task/abroad.js';
import type { AxiosFactoryOptions } from './factory-options.js';
import { adapterOf } from './adapter-of.js';
import { adapterNames, instanceRoute, travellingRoute } from './instance-route.js';
import type { AdapterName, Opener, Route } from './platform.js';

/** By which adapter a request goes out, and how. */
export type Router = (request: TaskRequest) => { readonly opener: Opener; readonly route: Route };

/** @throws InvalidInput for an adapter that the platform does not have */
export function routerOf(options: AxiosFactoryOptions): Router {
  const { instance, adapter, withCredentials } = options;
  if (adapter !== undefined) openerOf(adapter);
  if (instance === undefined) return ownRouter(adapter, withCredentials);
  const names = adapter === undefined ? adapterNames(instance) : [adapter];
  return (request) => {
    const name = names && nameFor(request, names);
    const make = request.context.get(ABROAD) ? travellingRoute : instanceRoute;
    return { opener: openerOf(name ?? platform.custom), route: make(instance, name, withCredentials) };
  };
}

/** The leanest way: each adapter is called directly, without axios' merging of configs, transforms and interceptors. */
function ownRouter(adapter: AdapterName | undefined, withCredentials: boolean | undefined): Router {
  const routes: Partial<Record<AdapterName, Route>> = {};
  return (request) => {
    const name = adapter ?? platform.choose(request);
    const route = (routes[name] ??= { send: adapterOf(name), isInstance: false, transport: undefined, fetch: undefined, withCredentials });
    return { opener: openerOf(name), route };
  };
}

function nameFor(request: TaskRequest, names: readonly AdapterName[]): AdapterName | undefined {
  const best = platform.choose(request);
  return names.includes(best) ? best : names.find((name) => platform.openers[name] !== undefined);
}

function openerOf(name: AdapterName): Opener {
  const opener = platform.openers[name];
  if (opener === undefined) throw invalid('axiosFactory.adapter', 'an adapter that this platform has', name);
  return opener;
}
