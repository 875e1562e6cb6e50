import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { loopback } from '../../support/loopback.js';
import {
  type Outcome,
  type Probes,
  no,
  outcomeOf,
  overItsOwn,
  soon,
  withServer,
  yes,
} from '../probe.js';

const SECRET = 'c3VjaC1hLXNlY3JldA';

export const errors: Probes = {
  'Malformed JSON is an error, with the response': overItsOwn((column) =>
    withServer(
      loopback(() => ({ headers: { 'content-type': 'application/json' }, body: '{"id": 1,' })),
      async (server) => {
        const { error, values } = await outcomeOf(column.get(`${server.url}/`));
        if (error === undefined)
          return no(`${values[0] === null ? '`null`' : 'the text'} is delivered`);
        const status = error.status ?? error.response?.status ?? error.response?.statusCode;
        return status === 200 ? yes : no('without the response');
      },
    ),
  ),

  'A body cut short is an error': overItsOwn((column) =>
    withServer(
      loopback((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
        response.write('{"id": 1}', () => response.destroy());
      }),
      async (server) => mustFail(await outcomeOf(column.get(`${server.url}/`))),
    ),
  ),

  'A compressed body cut short is an error': overItsOwn((column) =>
    withServer(
      loopback(() => {
        const whole = gzipSync(JSON.stringify({ id: 1 }));
        return {
          headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
          body: whole.subarray(0, -6),
        };
      }),
      async (server) => mustFail(await outcomeOf(column.get(`${server.url}/`))),
    ),
  ),

  'No credential in an error: message, stack, JSON, `inspect`': (column) =>
    withServer(
      loopback(() => ({ status: 403 })),
      async (server) => {
        const headers = { authorization: `Bearer ${SECRET}` };
        const { error } = await outcomeOf(column.get(`${server.url}/`, { headers }));
        const texts = {
          message: String(error.message),
          stack: String(error.stack),
          JSON: json(error),
          inspect: inspect(error, { depth: 8, showHidden: true }),
        };
        const leaks = Object.entries(texts).filter(([, text]) => text.includes(SECRET));
        return leaks.length === 0 ? yes : no(leaks.map(([where]) => where).join(', '));
      },
    ),

  'A redirect to another origin takes no secret of the caller along': overItsOwn((column) =>
    withServer(
      loopback(() => ({ json: { id: 1 } })),
      (abroad) =>
        withServer(
          loopback(() => ({ status: 302, headers: { location: `${abroad.url}/` } })),
          async (server) => {
            const secrets = { authorization: SECRET, cookie: SECRET, 'x-api-key': SECRET };
            await outcomeOf(column.get(`${server.url}/`, { headers: secrets }));
            const [arrived] = abroad.requests;
            if (arrived === undefined) return no('it is not followed');
            const taken = Object.keys(secrets).filter((name) => name in arrived.headers);
            return taken.length === 0 ? yes : no(`\`${taken.join('`, `')}\``);
          },
        ),
    ),
  ),

  'A refused connection has one code on every adapter': async ({ adapters }) => {
    if (adapters === undefined) return undefined;
    const nobody = await loopback();
    await nobody.stop();
    const ends = await Promise.all(adapters.map((get) => outcomeOf(get(`${nobody.url}/`))));
    const codes = new Set(ends.map(({ error }) => `\`${error.code}\``));
    return codes.size === 1 ? yes : no([...codes].join(', '));
  },

  'An answer of 200 MB is refused unless asked for': (column) =>
    withServer(
      loopback((_request, response) => {
        const headers = { 'content-type': 'application/json', 'content-length': 200_000_000 };
        response.writeHead(200, headers).write('{');
      }),
      async (server) => {
        let failed = false;
        const left = column.get(`${server.url}/`).subscribe({ error: () => (failed = true) });
        await server.request(1);
        const refused = await soon(server, () => failed);
        left.unsubscribe();
        return refused ? yes : no();
      },
    ),
};

const mustFail = ({ error }: Outcome): string =>
  error === undefined ? no('delivered as a success') : yes;

function json(error: unknown): string {
  try {
    return JSON.stringify(error);
  } catch {
    return '';
  }
}
