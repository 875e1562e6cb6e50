// Everybody's small GET: each takes the URL of the server and gives `() => Promise` of the decoded body.
import axios from 'axios';
import AxiosObservable from 'axios-observable';
import got from 'got';
import ky from 'ky';
import { fromFetch } from 'rxjs/fetch';
import { entry } from './coldwire.mjs';
import { angularClient } from './rivals/angular.mjs';

const { authenticate, createClient, deadline, retryTransient } = await import(entry());

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

const auth = (url) =>
  authenticate({
    credential: 'token',
    origins: [url],
    apply: (request, token) =>
      request.clone({ headers: request.headers.set('Authorization', `Bearer ${token}`) }),
    refresh: () => Promise.reject(new Error('nothing to renew')),
  });

export const clients = {
  axios: (url) => () => axios.get(`${url}/json`).then(({ data }) => data),
  coldwire: (url) => {
    const client = createClient({ baseUrl: url });
    return () => value(client.get('/json'));
  },
  'coldwire, three policies': (url) => {
    const interceptors = [deadline(30_000), retryTransient(), auth(url)];
    const client = createClient({ baseUrl: url, interceptors });
    return () => value(client.get('/json'));
  },
  'axios-observable': (url) => {
    const Axios = AxiosObservable.default ?? AxiosObservable;
    return () => value(Axios.get(`${url}/json`)).then(({ data }) => data);
  },
  'rxjs fromFetch': (url) => () =>
    value(fromFetch(`${url}/json`, { selector: (response) => response.json() })),
  ky: (url) => () => ky.get(`${url}/json`).json(),
  got: (url) => () => got.get(`${url}/json`).json(),
  'Angular HttpClient': (url) => {
    const http = angularClient();
    return () => value(http.get(`${url}/json`));
  },
};
