// Both clients over a fake that answers at once. Every interceptor adds a header.
import { Observable, of } from 'rxjs';
import { entry } from './coldwire.mjs';
import { angularClient, http } from './rivals/angular.mjs';

const { HeaderFields, createClient } = await import(entry());

const URL_PATH = '/users/7';
const ORIGIN = 'https://api.example.com';
const BYTES = new TextEncoder().encode('{"id":7,"name":"Ada Lovelace","email":"ada@example.com"}');
const XSSI_PREFIX = /^\)\]\}',?\n/;
const HEADERS = { 'content-type': 'application/json' };

const headerNames = (count) => Array.from({ length: count }, (_, at) => `X-Header-${at}`);

function coldwire(count) {
  const headers = HeaderFields.received(HEADERS);
  const head = { status: 200, statusText: 'OK', headers, url: ORIGIN + URL_PATH };
  const answer = new Observable((subscriber) => {
    subscriber.next({ type: 'sent', attempt: 1 });
    subscriber.next({ type: 'head', head });
    subscriber.next({ type: 'chunk', bytes: BYTES });
    subscriber.complete();
  });
  const interceptors = headerNames(count).map(
    (name) => (request, next) => next(request.clone({ headers: request.headers.set(name, 'a') })),
  );
  const client = createClient({ baseUrl: ORIGIN, factory: { make: () => answer }, interceptors });
  return () => client.get(URL_PATH);
}

function angular(count) {
  const headers = new http.HttpHeaders(HEADERS);
  const interceptors = headerNames(count).map(
    (name) => (request, next) => next(request.clone({ setHeaders: { [name]: 'a' } })),
  );
  // Angular's backends decode, coldwire's chain does: the fake decodes as its fetch backend would.
  const decoder = new TextDecoder();
  const body = () => JSON.parse(decoder.decode(BYTES).replace(XSSI_PREFIX, ''));
  const answer = () =>
    of(
      new http.HttpResponse({
        status: 200,
        statusText: 'OK',
        headers,
        body: body(),
        url: ORIGIN + URL_PATH,
      }),
    );
  const client = angularClient({ backend: { handle: answer }, interceptors });
  return () => client.get(ORIGIN + URL_PATH);
}

export const contenders = { coldwire, angular };

let received = 0;

/** Asks this often, one after the other; throws when an answer is missing. */
export function ask(get, times) {
  const before = received;
  const observer = (user) => {
    received += user.id;
  };
  for (let n = 0; n < times; n++) get().subscribe(observer);
  if (received !== before + 7 * times) throw new Error('not every request was answered');
}
