import axios from 'axios';
import { ENV } from './fetch-relay.js';
import type { Send } from './platform.js';

/** One of axios' adapters, by its name or its function. */
export function adapterOf(adapter: unknown): Send {
  return axios.getAdapter(adapter as string, { env: ENV }) as unknown as Send;
}
