import { Readable } from 'node:stream';
import { Observable } from 'rxjs';
import axios, { type AxiosInstance } from 'axios';
import { type Column, hot, load } from '../column.js';

const { default: axiosRetry } = await load('axios-retry');
const { createAuthRefresh } = await load('axios-auth-refresh');

/** axios with its defaults over Node's http, and with the plugins of its field: axios-retry and axios-auth-refresh. */
export const axiosColumn: Column = {
  name: 'axios',
  get: (url, { timeoutMs, signal, ...rest } = {}) =>
    hot(async (left) => {
      const config = timeoutMs === undefined ? rest : { ...rest, timeout: timeoutMs };
      return (await axios.request({ url, ...config, signal: left })).data;
    }, signal),
  bytes: (url) =>
    new Observable((subscriber) => {
      const controller = new AbortController();
      axios
        .get(url, { responseType: 'stream', signal: controller.signal })
        .then(async ({ data }) => {
          for await (const bytes of data) subscriber.next(bytes);
          subscriber.complete();
        })
        .catch((error: unknown) => subscriber.error(error));
      return () => controller.abort();
    }),
  upload: (url, open) =>
    hot((signal) => axios.put(url, Readable.from(open(), { objectMode: false }), { signal })),
  again: (url, { method = 'GET', body, token, headers } = {}) => {
    const instance = axios.create();
    axiosRetry(instance, { retries: 2 });
    if (token) sendToken(instance, token);
    const data = body ? { data: Readable.from(body, { objectMode: false }) } : {};
    const config = { url, method, ...data, ...(headers ? { headers } : {}) };
    return hot((signal) => instance.request({ ...config, signal }));
  },
  adapters: ['http', 'fetch'].map((adapter) => (url) => hot(() => axios.get(url, { adapter }))),
  renewing: (_origin, first, renew) => {
    const instance = axios.create();
    let token = first;
    sendToken(instance, () => token);
    createAuthRefresh(instance, async () => {
      token = await renew();
    });
    return (url) => hot(async (signal) => (await instance.get(url, { signal })).data);
  },
};

function sendToken(instance: AxiosInstance, token: () => string): void {
  instance.interceptors.request.use((config) => {
    config.headers.set('Authorization', token());
    return config;
  });
}
