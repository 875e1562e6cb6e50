// Everybody's small GET: each is loaded when it is asked for, takes the URL of the server and resolves to `() => Promise` of
// the decoded body.
import { entry } from './coldwire.mjs';

const coldwire = () => import(entry());

/** The one value of an Observable. `firstValueFrom` would leave before the end and close the connection. */
const value = (source) =>
  new Promise((resolve, reject) => {
    let last;
    source.subscribe({
      next: (next) => (last = next),
      error: reject,
      complete: () => resolve(last),
    });
  });

const auth = (authenticate, url) =>
  authenticate({
    credential: 'token',
    origins: [url],
    apply: (request, token) =>
      request.clone({ headers: request.headers.set('Authorization', `Bearer ${token}`) }),
    refresh: () => Promise.reject(new Error('nothing to renew')),
  });

export const clients = {
  axios: async (url) => {
    const { default: axios } = await import('axios');
    return () => axios.get(`${url}/json`).then(({ data }) => data);
  },
  coldwire: async (url) => {
    const { createClient } = await coldwire();
    const client = createClient({ baseUrl: url });
    return () => value(client.get('/json'));
  },
  'coldwire, three policies': async (url) => {
    const { authenticate, createClient, deadline, retryTransient } = await coldwire();
    const interceptors = [deadline(30_000), retryTransient(), auth(authenticate, url)];
    const client = createClient({ baseUrl: url, interceptors });
    return () => value(client.get('/json'));
  },
  'axios-observable': async (url) => {
    const { default: AxiosObservable } = await import('axios-observable');
    const Axios = AxiosObservable.default ?? AxiosObservable;
    return () => value(Axios.get(`${url}/json`)).then(({ data }) => data);
  },
  'rxjs fromFetch': async (url) => {
    const { fromFetch } = await import('rxjs/fetch');
    return () => value(fromFetch(`${url}/json`, { selector: (response) => response.json() }));
  },
  ky: async (url) => {
    const { default: ky } = await import('ky');
    return () => ky.get(`${url}/json`).json();
  },
  got: async (url) => {
    const { default: got } = await import('got');
    return () => got.get(`${url}/json`).json();
  },
  'Angular HttpClient': async (url) => {
    const { angularClient } = await import('./rivals/angular.mjs');
    const http = angularClient();
    return () => value(http.get(`${url}/json`));
  },
};
