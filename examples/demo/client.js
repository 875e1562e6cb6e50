import {
  authenticate,
  axiosFactory,
  bearer,
  contextToken,
  createClient,
  retryTransient,
} from 'coldwire';
import { answerChallenges, memoryStorage } from 'coldwire/challenges';
import { map, tap } from 'rxjs';
import { bar } from './view/paint.js';

/** The line of the view that a request is shown on: a value that travels with the request. */
export const ROW = contextToken('row', undefined);

/** How much of the film there is. */
export const FILM_BYTES = 6 * 1024 ** 2;

const CREDENTIAL = { user: 'ada', password: 'correct horse' };

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
  return { api, guarded: behindChallenges(server, counts), refreshRow, counts };
}

/** A client that answers challenges out of a storage, and asks before it sends a body. */
function behindChallenges(server, counts) {
  const known = ['vault', 'archive'].map((realm) => ({
    space: { origin: server.url, realm, scheme: 'digest', proxy: false },
    credential: CREDENTIAL,
  }));
  return createClient({
    baseUrl: server.url,
    factory: innermost(axiosFactory(), counts),
    interceptors: [answerChallenges({ storage: memoryStorage(known), probe: 'HEAD' })],
  });
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
              row?.add(startOf(request, event.attempt));
            }
            if (event.type === 'head') onHead(row, event.head, counts);
            // Of a body that is cut while it is large, some is under way: it is compared as a whole.
            if (event.type === 'chunk' && !request.url.endsWith('/film'))
              counts.bodyBytes += event.bytes.byteLength;
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

function startOf({ method, headers }, attempt) {
  const what = method === 'HEAD' ? 'HEAD ' : '';
  if (headers.get('authorization')?.startsWith('Digest')) return `${what}with the answer`;
  return attempt === 1 ? `${what}sent` : `attempt ${attempt}`;
}

function onHead(row, { status, headers }, counts) {
  const told = headers.has('retry-after') ? `, Retry-After: ${headers.get('retry-after')}` : '';
  row?.add(`${status}${told}`, status < 300 ? 'green' : 'red');
  if (status !== 401) return;
  const isChallenge = headers.get('www-authenticate')?.startsWith('Digest') === true;
  if (isChallenge) counts.challenges += 1;
  row?.during(() => (isChallenge ? 'looks into the storage' : 'waits for the one refresh'));
}
