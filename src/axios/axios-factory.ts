import axios from 'axios';
import { Observable } from 'rxjs';
import type { DataTaskPublisherFactory } from '../task/task-handler.js';
import { HttpExchange, type Send } from './http-exchange.js';

/** Work in progress: Node's http adapter only. */
export function axiosFactory(): DataTaskPublisherFactory {
  let send: Send | undefined;
  return {
    make: (request) =>
      new Observable((subscriber) => {
        send ??= axios.getAdapter('http') as unknown as Send;
        return new HttpExchange(subscriber, request, send);
      }),
  };
}
