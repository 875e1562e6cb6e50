import { describe, expect, it } from '@jest/globals';
import {
  type Client,
  type Interceptor,
  authenticate,
  bearer,
  deadline,
  dedupe,
  limitConcurrency,
  logTasks,
  policy,
  retryTransient,
} from '../../src/index.js';
import { courseOf } from './course.js';
import { type Serve, everyGround } from './grounds.js';

/** Made anew for each client: some keep state. */
const chains: Readonly<Record<string, (log: string[]) => Interceptor[]>> = {
  'no policy': () => [],
  retryTransient: () => [retryTransient({ baseDelayMs: 0, budget: false })],
  deadline: () => [deadline({ connectMs: 5000, responseMs: 5000, idleMs: 5000, totalMs: 5000 })],
  authenticate: () => [authenticate({ credential: 'old', apply: bearer, refresh: () => ['new'] })],
  dedupe: () => [dedupe()],
  limitConcurrency: () => [limitConcurrency(1)],
  logTasks: (log) => [
    logTasks((_line, { outcome, attempts, receivedBytes }) =>
      log.push(`${outcome} ${attempts} ${receivedBytes}`),
    ),
  ],
  'a policy of one’s own': () => [
    policy({
      name: 'own',
      intercept: (request, next) =>
        next(request.clone({ headers: request.headers.set('x-own', '1') })),
    }),
  ],
  'all of them': (log) => [
    logTasks((_line, { outcome, attempts }) => log.push(`${outcome} ${attempts}`)),
    deadline(5000),
    dedupe(),
    limitConcurrency(2),
    retryTransient({ baseDelayMs: 0, budget: false }),
    authenticate({ credential: 'old', apply: bearer, refresh: () => ['new'] }),
    deadline({ idleMs: 5000 }),
  ],
};

/** What is answered, by the number of the request. */
const scenes: Readonly<Record<string, Serve>> = {
  'a body': () => ({ body: ['{"a"', ':1}'] }),
  'no body': () => ({ status: 204 }),
  'a refusal': () => ({ status: 404, body: '"none"' }),
  'two bad attempts': ({ n }) => (n < 3 ? { status: 503, body: '"busy"' } : { body: '"ok"' }),
  'three bad attempts': () => ({ status: 503 }),
  'a broken connection, then a body': ({ n }) => (n === 1 ? { ends: 'reset' } : { body: '"ok"' }),
  'half a body, then a whole one': ({ n }) =>
    n === 1 ? { body: '"hal', ends: 'cut' } : { body: '"whole"' },
  'a redirect': ({ path }) =>
    path === '/x' ? { status: 302, headers: { location: '/y' } } : { body: '"moved"' },
  'a redirect to itself': () => ({ status: 307, headers: { location: '/x' } }),
  'a credential that has expired': ({ header }) =>
    header('authorization') === 'Bearer old' ? { status: 401 } : { body: '"in"' },
  'an attempt, a renewal and an attempt': ({ n, header }) =>
    n === 1
      ? { status: 503 }
      : header('authorization') === 'Bearer old'
        ? { status: 401 }
        : { body: '"in"' },
  'JSON that is none': () => ({ body: '{"a":' }),
};

const views: Readonly<Record<string, (client: Client) => Promise<string[]>>> = {
  body: (client) => courseOf(client.get('/x')),
  events: (client) => courseOf(client.get('/x').events),
  bytes: (client) => courseOf(client.get('/x').bytes),
  'a PUT': (client) => courseOf(client.put('/x', { a: 1 }).events),
};

const [reference, ...others] = everyGround();

describe.each(Object.entries(chains))(
  'L10, fakes equal sockets, through %s (D2)',
  (_chain, interceptors) => {
    it.each(Object.entries(scenes))('with %s', async (_scene, serve) => {
      const tell = async ([, open]: NonNullable<typeof reference>): Promise<unknown> => {
        const told: Record<string, unknown> = {};
        for (const [view, look] of Object.entries(views)) {
          const ground = await open(serve);
          const log: string[] = [];
          const lines = await look(
            ground.client({ interceptors: interceptors(log), redirect: { maxHops: 3 } }),
          );
          told[view] = {
            lines,
            log,
            asked: ground.asked.map(
              ({ method, path, body, header }) =>
                `${method} ${path} ${body} ${header('authorization') ?? ''}`,
            ),
          };
        }
        return told;
      };
      const said = await tell(reference!);
      for (const other of others)
        expect({ [other[0]]: await tell(other) }).toEqual({ [other[0]]: said });
    });
  },
);
