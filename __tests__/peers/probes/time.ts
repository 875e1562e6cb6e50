import { setTimeout as pause } from 'node:timers/promises';
import { loopback } from '../../support/loopback.js';
import { type Outcome, type Probes, no, outcomeOf, overItsOwn, withServer, yes } from '../probe.js';

const LIMIT_MS = 150;

const rows: Probes = {
  'Never answered: the time limit ends it, with an error of its own': (column) =>
    withServer(
      loopback(() => undefined),
      async (server) =>
        told(await outcomeOf(column.get(`${server.url}/`, { timeoutMs: LIMIT_MS }))),
    ),

  'Stalled in mid-body: the same': (column) =>
    withServer(
      loopback((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
        response.write('{"id":');
      }),
      async (server) =>
        told(await outcomeOf(column.get(`${server.url}/`, { timeoutMs: LIMIT_MS }))),
    ),

  'Dripping without an end: the same': (column) =>
    withServer(
      loopback(async (_request, response, seen) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 21 });
        response.write('{"id":');
        for (let left = 13; left > 0 && !seen.connectionClosed; left--) {
          response.write(' ');
          await pause(LIMIT_MS / 4);
        }
        response.end('1}');
      }),
      async (server) =>
        told(await outcomeOf(column.get(`${server.url}/`, { timeoutMs: LIMIT_MS }))),
    ),
};

/** How a stand-in keeps time says nothing. */
export const time: Probes = Object.fromEntries(
  Object.entries(rows).map(([title, probe]) => [title, overItsOwn(probe)]),
);

/** Whether the error says what it is to a machine: its kind, name or code, or that of what it carries. */
function told({ error, values }: Outcome): string {
  if (error === undefined)
    return no(values.length > 0 ? 'a value is delivered' : 'it ends without a word');
  const marks = [error, error.cause, error.error].flatMap((one) => [
    one?.kind,
    one?.name,
    one?.code,
  ]);
  if (marks.some((mark) => /time_?d?_?out/i.test(String(mark)))) return yes;
  return no(`\`${error.code ?? error.name}\``);
}
