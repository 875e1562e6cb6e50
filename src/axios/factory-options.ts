import { invalid } from '../http/invalid-input.js';
import { type Checks, checkFlag, readOptions } from '../http/option-checks.js';
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

const ADAPTERS = ['http', 'fetch', 'xhr'];

const CHECKS: Checks<AxiosFactoryOptions> = {
  instance: (field, instance: Partial<AxiosLike> | null) => {
    if (typeof instance?.request !== 'function')
      throw invalid(field, 'an axios instance', instance);
    return instance;
  },
  adapter: (field, adapter: AdapterName) => {
    if (!ADAPTERS.includes(adapter)) throw invalid(field, ADAPTERS.join(', '), adapter);
    return adapter;
  },
  withCredentials: checkFlag,
};

/** A private copy, checked. @throws InvalidInput */
export function checkedFactoryOptions(given: AxiosFactoryOptions): AxiosFactoryOptions {
  return readOptions('axiosFactory', given, CHECKS);
}
