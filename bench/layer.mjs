// The layer alone: both clients over a fake that answers at once, with 0, 3 and 10 interceptors that add a header each.
// `--bytes` measures only what is allocated: it does not waver, so the check can ask for it.
import { spawnSync } from 'node:child_process';
import { Observable, of } from 'rxjs';
import { interleaved } from './rounds.mjs';
import { finish, keeps, table, targets } from './report.mjs';

// A young generation that no batch fills: nothing is collected while we count.
const FLAGS = ['--expose-gc', '--max-semi-space-size=256', '--min-semi-space-size=256'];
const USER = { id: 7, name: 'Ada Lovelace', email: 'ada@example.com' };
const COUNTS = [0, 3, 10];

if (globalThis.gc === undefined) {
  const run = spawnSync(process.execPath, [...FLAGS, ...process.argv.slice(1)], { stdio: 'inherit' });
  process.exit(run.status ?? 1);
}

const { entry } = await import('./coldwire.mjs');
const { HeaderFields, createClient } = await import(entry());
const { angularClient, http } = await import('./rivals/angular.mjs');

function coldwire(count) {
  const head = {
    status: 200,
    statusText: 'OK',
    headers: HeaderFields.received({ 'content-type': 'application/json' }),
    url: 'https://api.example.com/users/7',
  };
  const bytes = new TextEncoder().encode(JSON.stringify(USER));
  const answer = new Observable((subscriber) => {
    subscriber.next({ type: 'sent', attempt: 1 });
    subscriber.next({ type: 'head', head });
    subscriber.next({ type: 'chunk', bytes });
    subscriber.complete();
  });
  const interceptors = headerNames(count).map(
    (name) => (request, next) => next(request.clone({ headers: request.headers.set(name, 'a') })),
  );
  return createClient({
    baseUrl: 'https://api.example.com',
    factory: { make: () => answer },
    interceptors,
  });
}

function angular(count) {
  const headers = new http.HttpHeaders({ 'content-type': 'application/json' });
  const interceptors = headerNames(count).map(
    (name) => (request, next) => next(request.clone({ setHeaders: { [name]: 'a' } })),
  );
  // The fake hands over the parsed body: Angular is spared the decoding that coldwire does.
  const backend = { handle: () => of(new http.HttpResponse({ status: 200, statusText: 'OK', headers, body: USER })) };
  return angularClient({ backend, interceptors });
}

const headerNames = (count) => Array.from({ length: count }, (_, at) => `X-Header-${at}`);
const contenders = { coldwire, angular };

let received = 0;
const ask = (client, url, times) => {
  for (let n = 0; n < times; n++)
    client.get(url).subscribe((user) => {
      received += user.id;
    });
};

const timed = (times) => (client, name) => {
  gc();
  const start = process.hrtime.bigint();
  ask(client, urlFor(name), times);
  return Number(process.hrtime.bigint() - start) / times / 1000;
};

const counted = (times) => (client, name) => {
  gc();
  const before = process.memoryUsage().heapUsed;
  ask(client, urlFor(name), times);
  return (process.memoryUsage().heapUsed - before) / times;
};

/** coldwire joins its base URL, Angular has none: it is given the whole. */
const urlFor = (name) => (name === 'angular' ? 'https://api.example.com/users/7' : '/users/7');

const onlyBytes = process.argv.includes('--bytes');
const wanted = targets('layer');
const rows = [];
const misses = [];
for (const count of COUNTS) {
  const clients = Object.fromEntries(Object.entries(contenders).map(([name, make]) => [name, make(count)]));
  for (const name of Object.keys(clients)) ask(clients[name], urlFor(name), onlyBytes ? 3000 : 30_000);
  const bytes = await interleaved(clients, counted(2000), { rounds: 9 });
  const micros = onlyBytes ? undefined : await interleaved(clients, timed(20_000), { rounds: 15 });
  rows.push(...Object.keys(clients).map((name) => ({
    client: name,
    interceptors: String(count),
    'µs a request': micros?.[name],
    'bytes a request': bytes[name],
  })));
  if (micros) misses.push([`time, ${count} interceptors`, micros.coldwire / micros.angular, wanted.time]);
  misses.push([`bytes, ${count} interceptors`, bytes.coldwire / bytes.angular, wanted.bytes]);
}
table('The layer alone, over a fake that answers at once', rows);
console.log('');
for (const [what, ratio, target] of misses) keeps(`${what}, over Angular's HttpClient`, ratio, target);
if (received === 0) throw new Error('nobody answered');
finish();
