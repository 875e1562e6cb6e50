import { Readable } from 'node:stream';
import { Observable, concatMap, from, map, retry } from 'rxjs';
import { type Column, load } from '../column.js';

const Axios = ((loaded) => loaded.default?.default ?? loaded.default)(
  await load('axios-observable'),
);

export const axiosObservable: Column = {
  name: 'axios-observable',
  get: (url, { timeoutMs, ...rest } = {}) =>
    Axios.request({
      url,
      ...rest,
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    }).pipe(map(({ data }: any) => data)),
  bytes: (url) =>
    Axios.get(url, { responseType: 'stream' }).pipe(
      concatMap(({ data }: any) => from(data as AsyncIterable<Uint8Array>)),
    ),
  upload: (url, open) =>
    new Observable((subscriber) =>
      Axios.put(url, Readable.from(open(), { objectMode: false })).subscribe(subscriber),
    ),
  retried: (url) => Axios.get(url).pipe(retry(2)),
};
