import axios from 'axios';
import { type DataTaskPublisherFactory, axiosFactory } from 'coldwire';

/** Every way to the wire that Node has: axios' http adapter, the same by an instance of the user's, and its fetch adapter. */
export const factories: Readonly<
  Record<'http' | 'instance' | 'fetch', () => DataTaskPublisherFactory>
> = {
  http: () => axiosFactory(),
  instance: () => axiosFactory({ instance: axios.create() }),
  fetch: () => axiosFactory({ adapter: 'fetch' }),
};

/** For `describe.each`: the ways over Node's own sockets, where every promise is ours to keep. */
export const overSockets = [['http'], ['instance']] as const;
/** For `describe.each`: these and fetch, where what the platform does by itself is its own. */
export const everywhere = [['http'], ['instance'], ['fetch']] as const;
