import {
  authenticate,
  axiosFactory,
  bearer,
  contextToken,
  createClient,
  retryTransient,
} from 'coldwire';
import { map, tap } from 'rxjs';
import { bar } from './view/paint.js';

/** The line of the view that a request is shown on: a value that travels with the request. */
export const ROW = contextToken('row', undefined);

/** A client for the demo's server that shows and counts what happens at both ends of its chain. */
export function demoClient({ server, counts }) {
  const rows = new Map();
  server.events.on('closed', (task) => rows.get(task)?.add('closed at server', 'blue'));

  const refreshRow = { current: undefined };
  const outside = outermost({ counts, rows });
  const plain = createClient({
    baseUrl: server.url,
    factory: innermost(axiosFactory(), counts),
    interceptors: [outside],
  });
  const auth = authenticate({
    credential: 'token-of-yesterday',
    apply: bearer,
    refresh: () => {
      counts.refreshes += 1;
      return plain
        .post('/token', null, { context: [ROW.of(refreshRow.current)] })
        .pipe(map(({ accessToken }) => accessToken));
    },
  });
  const api = plain.with({ interceptors: [outside, retryTransient({ maxAttempts: 4 }), auth] });
  return { api, refreshRow, counts };
}

/** Left of every policy: sees each task once, and hears what the policies say. */
function outermost({ counts, rows }) {
  return (request, next) => {
    const task = `task-${++counts.tasks}`;
    const row = request.context.get(ROW);
    let announced = true;
    rows.set(task, row);
    return next(request.clone({ headers: request.headers.set('X-Task', task) })).pipe(
      tap({
        next: (event) => {
          if (event.type === 'retrying') {
            counts.retries += 1;
            countDown(row, event);
          }
          // An attempt that no pause announced is a replay with a fresh token.
          if (event.type === 'sent' && !announced) counts.replays += 1;
          announced = event.type === 'retrying';
        },
        error: (error) => row?.add(`${error.kind} error: ${error.code}`, 'red'),
      }),
    );
  };
}

function countDown(row, { attempt, delayMs }) {
  const until = performance.now() + delayMs;
  row?.during(() => {
    const leftMs = Math.max(0, until - performance.now());
    return `attempt ${attempt} in ${(leftMs / 1000).toFixed(1)} s ${bar(leftMs / delayMs, 10)}`;
  });
}

/** Around the factory: sees everything that goes over the wire, refused answers too. */
function innermost(factory, counts) {
  return {
    make: (request) => {
      const row = request.context.get(ROW);
      return factory.make(request).pipe(
        tap({
          next: (event) => {
            if (event.type === 'sent') {
              counts.requests += 1;
              row?.add(event.attempt === 1 ? 'sent' : `attempt ${event.attempt}`);
            }
            if (event.type === 'head') onHead(row, event.head);
            if (event.type === 'chunk') counts.bodyBytes += event.bytes.byteLength;
          },
          error: (error) => {
            if (error.kind !== 'network') return;
            counts.cuts += 1;
            row?.add('cut by the server', 'red');
          },
          unsubscribe: () => {
            counts.closed += 1;
            row?.add('unsubscribed', 'yellow');
          },
        }),
      );
    },
  };
}

function onHead(row, { status, headers }) {
  const told = headers.has('retry-after') ? `, Retry-After: ${headers.get('retry-after')}` : '';
  row?.add(`${status}${told}`, status < 300 ? 'green' : 'red');
  if (status === 401) row?.during(() => 'waits for the one refresh');
}
