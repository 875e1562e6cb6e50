import { loopback } from '../../support/loopback.js';
import { type Probes, no, outcomeOf, soon, start, withServer, yes } from '../probe.js';

const requests = (count: number): string => `${count} request${count === 1 ? '' : 's'}`;
const answering = () => loopback(() => ({ json: { id: 1 } }));
const silent = () => loopback((_request, response) => response.flushHeaders());
const hanging = () => loopback(() => undefined);

export const cold: Probes = {
  'Sends nothing until it is subscribed': (column) =>
    withServer(answering(), async (server) => {
      column.get(`${server.url}/`);
      return (await soon(server, () => server.requests.length > 0)) ? no('sent when made') : yes;
    }),

  'Each subscription is a request of its own': (column) =>
    withServer(answering(), async (server) => {
      const made = column.get(`${server.url}/`);
      await outcomeOf(made);
      await outcomeOf(made);
      const count = server.requests.length;
      return count === 2 ? yes : no(requests(count));
    }),

  'Left before the answer: the server sees the close': (column) =>
    withServer(hanging(), async (server) => {
      const left = start(column.get(`${server.url}/`));
      await server.request(1);
      left.unsubscribe();
      return (await soon(server, () => server.requests[0]!.connectionClosed)) ? yes : no();
    }),

  'Of two subscribers, the first one to leave ends only its own': (column) =>
    withServer(hanging(), async (server) => {
      const made = column.get(`${server.url}/`);
      const first = start(made);
      await server.request(1);
      let othersError: any;
      made.subscribe({ error: (error) => (othersError = error) });
      await soon(server, () => server.requests.length > 1);
      if (server.requests.length < 2) return no('they share one request');
      first.unsubscribe();
      await soon(server, () => server.requests[0]!.connectionClosed);
      if (othersError !== undefined) return no('the other one fails');
      const [one, two] = server.requests.map(({ connectionClosed }) => connectionClosed);
      return one && !two ? yes : no(two ? 'the other one is closed' : 'none is closed');
    }),

  'Left in mid-body: the server sees the close': (column) =>
    withServer(
      loopback((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
        response.write('{"id":');
      }),
      async (server) => {
        const left = start(column.get(`${server.url}/`));
        await server.request(1);
        await server.barrier();
        left.unsubscribe();
        return (await soon(server, () => server.requests[0]!.connectionClosed)) ? yes : no();
      },
    ),

  'Subscribed and left in one tick: no connection is opened': (column) =>
    withServer(answering(), async (server) => {
      start(column.get(`${server.url}/`)).unsubscribe();
      await soon(server, () => server.connections.opened > 0);
      return server.connections.opened === 0 ? yes : no('one is opened');
    }),

  'With an `AbortSignal` of the caller, aborting and leaving both end it': (column) =>
    withServer(silent(), async (server) => {
      const controller = new AbortController();
      start(column.get(`${server.url}/`, { signal: controller.signal }));
      const left = start(column.get(`${server.url}/`, { signal: new AbortController().signal }));
      await server.request(2);
      await server.barrier();
      const closed = (): number => server.requests.filter((seen) => seen.connectionClosed).length;
      controller.abort();
      const byAbort = await soon(server, () => closed() === 1);
      left.unsubscribe();
      const byLeaving = await soon(server, () => closed() === (byAbort ? 2 : 1));
      if (byAbort && byLeaving) return yes;
      return no(
        byAbort ? 'leaving no longer does' : byLeaving ? 'it takes no signal' : 'neither does',
      );
    }),

  'Bytes arrive while the server still sends': (column) => {
    const { bytes } = column;
    if (bytes === undefined) return Promise.resolve(undefined);
    return withServer(stalling(), async (server) => {
      let arrived = false;
      start({
        subscribe: (observer) =>
          bytes(`${server.url}/`).subscribe({ ...observer, next: () => (arrived = true) }),
      });
      await server.request(1);
      return (await soon(server, () => arrived))
        ? yes
        : no('the stream is dead when it is delivered');
    });
  },

  'Leaving a stream of bytes closes its connection, and only then': (column) => {
    const { bytes } = column;
    if (bytes === undefined) return Promise.resolve(undefined);
    return withServer(stalling(), async (server) => {
      const left = start(bytes(`${server.url}/`));
      await server.request(1);
      if (await soon(server, () => server.requests[0]!.connectionClosed))
        return no('closed too early');
      left.unsubscribe();
      return (await soon(server, () => server.requests[0]!.connectionClosed)) ? yes : no();
    });
  },

  'Identical GETs in flight can share one exchange': async ({ sharing }) => {
    if (sharing === undefined) return undefined;
    return withServer(hanging(), async (server) => {
      const get = sharing();
      const left = [1, 2, 3].map(() => start(get(`${server.url}/`)));
      await server.request(1);
      left[0]!.unsubscribe();
      left[1]!.unsubscribe();
      const endedEarly = await soon(server, () => server.requests[0]!.connectionClosed);
      left[2]!.unsubscribe();
      const ended = await soon(server, () => server.requests[0]!.connectionClosed);
      if (server.requests.length > 1) return no(requests(server.requests.length));
      return endedEarly || !ended ? no('not ended with the last one') : yes;
    });
  },
};

/** Sends a head and one chunk, and no more. */
function stalling() {
  return loopback((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('first');
  });
}
