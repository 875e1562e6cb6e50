import { invalid } from '../http/invalid-input.js';
import { checkOptionNames, ownOptions } from '../http/option-checks.js';
import type { AdapterName } from './platform.js';

/** An axios instance, as far as it is used here: what `axios.create()` returns, or axios itself. */
export interface AxiosLike {
  readonly defaults: object;
  request(config: object): Promise<unknown>;
}

/** How real exchanges are made. */
export interface AxiosFactoryOptions {
  /**
   * Requests go through this instance: its interceptors run, and its agents, proxy, timeouts, header fields, credentials
   * and adapter hold. Not its transforms, `validateStatus`, `maxRedirects`, `decompress`, `responseType` and XSRF settings:
   * those are the client's.
   */
  readonly instance?: AxiosLike;
  /** One of axios' adapters for every request. Default the one that fits. */
  readonly adapter?: AdapterName;
  /** Whether a browser sends its cookies to other origins, too. Default as the instance has it, else no. */
  readonly withCredentials?: boolean;
}

const KNOWN: readonly (keyof AxiosFactoryOptions)[] = ['instance', 'adapter', 'withCredentials'];
const ADAPTERS = ['http', 'fetch', 'xhr'];

/** A private copy, checked. @throws InvalidInput */
export function checkedFactoryOptions(given: AxiosFactoryOptions): AxiosFactoryOptions {
  checkOptionNames('axiosFactory', given, KNOWN);
  const options = ownOptions(given);
  const { instance, adapter, withCredentials } = options;
  if (
    instance !== undefined &&
    typeof (instance as Partial<AxiosLike> | null)?.request !== 'function'
  ) {
    throw invalid('axiosFactory.instance', 'an axios instance', instance);
  }
  if (adapter !== undefined && !ADAPTERS.includes(adapter))
    throw invalid('axiosFactory.adapter', ADAPTERS.join(', '), adapter);
  if (withCredentials !== undefined && typeof withCredentials !== 'boolean') {
    throw invalid('axiosFactory.withCredentials', 'true or false', withCredentials);
  }
  return options;
}
