import { platform } from '#platform';
import type { TaskRequest } from '../http/request.js';
import { ABROAD } from '../task/abroad.js';
import type { AxiosFactoryOptions } from './factory-options.js';
import { adapterNames, instanceRoute, travellingRoute } from './instance-route.js';
import { openerOf, ownRouter } from './own-route.js';
import type { AdapterName } from './platform.js';
import type { Router } from './routed-factory.js';

/** Routes by the options. @throws InvalidInput for an adapter that the platform does not have */
export function routerOf(options: AxiosFactoryOptions): Router {
  const { instance, adapter, withCredentials } = options;
  if (adapter !== undefined) openerOf(adapter);
  if (instance === undefined) return ownRouter(adapter, withCredentials);
  const names = adapter === undefined ? adapterNames(instance) : [adapter];
  return (request) => {
    const name = names && nameFor(request, names);
    const make = request.context.get(ABROAD) ? travellingRoute : instanceRoute;
    return {
      opener: openerOf(name ?? platform.custom),
      route: make(instance, name, withCredentials),
    };
  };
}

function nameFor(request: TaskRequest, names: readonly AdapterName[]): AdapterName | undefined {
  const best = platform.choose(request);
  return names.includes(best) ? best : names.find((name) => platform.openers[name] !== undefined);
}
