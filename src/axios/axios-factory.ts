import { checkingInput } from '../errors/from-input.js';
import type { DataTaskPublisherFactory } from '../task/task-handler.js';
import { type AxiosFactoryOptions, checkedFactoryOptions } from './factory-options.js';
import { routerOf } from './route.js';
import { routedFactory } from './routed-factory.js';

/**
 * What makes real exchanges: axios. A client has it by default; make one to bring an axios instance of your own or to
 * choose the adapter.
 *
 * Node: axios' http adapter. Browsers: XMLHttpRequest for a response that is collected, fetch for one that is taken as
 * it arrives; where there is no XMLHttpRequest (service workers): fetch. Subscribing starts in a microtask; unsubscribing closes the connection in whatever state
 * it is. Redirects are left to the client; in browsers the platform follows them.
 *
 * @example
 * const factory = axiosFactory({ instance: axios.create({ httpsAgent, proxy: false, timeout: 10_000 }) });
 * const client = createClient({ factory });
 * @throws TaskError `request` for an option that is unknown, or an adapter that the platform does not have
 */
export function axiosFactory(options: AxiosFactoryOptions = {}): DataTaskPublisherFactory {
  return routedFactory(checkingInput(() => routerOf(checkedFactoryOptions(options))));
}
