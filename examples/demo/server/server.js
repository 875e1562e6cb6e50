import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import { ServerCounts } from './counts.js';
import { newState, routes } from './routes.js';

const READ_BY_THEIR_ROUTES = new Set(['upload', 'vault', 'archive', 'uploads']);

/**
 * A small server on a free port of this machine. `events` tells `received` and `closed` (the client left before the
 * answer was complete), each with the task's `X-Task` field; `totals` is what it counted.
 */
export async function startServer() {
  const counts = new ServerCounts();
  const events = new EventEmitter();
  const state = newState();
  const server = createServer((request, response) => {
    const exchange = open(request, response, { counts, events });
    const route = routes[`/${exchange.url.pathname.split('/')[1]}`];
    if (route === undefined) exchange.answer(404, { error: 'no such route' });
    else route(exchange, state).catch((error) => leftOr(error, response));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    events,
    get totals() {
      return counts.totals;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function open(request, response, { counts, events }) {
  const url = new URL(request.url, 'http://127.0.0.1');
  const task = request.headers['x-task'];
  const left = new AbortController();
  let bodyBytes = 0;
  let wasCut = false;
  counts.received(task, url.pathname);
  events.emit('received', task);
  if (!READ_BY_THEIR_ROUTES.has(url.pathname.split('/')[1])) request.resume();
  response.on('finish', () => counts.answered(task, response.statusCode, bodyBytes));
  response.on('close', () => {
    if (response.writableFinished || wasCut) return;
    counts.closed(bodyBytes);
    events.emit('closed', task);
    left.abort();
  });

  const head = (headers) => response.writeHead(200, headers);
  const write = (text) => {
    bodyBytes += Buffer.byteLength(text);
    response.write(text);
  };
  const answer = (status, body, headers = {}) => {
    const text = JSON.stringify(body);
    if (request.method !== 'HEAD') bodyBytes += Buffer.byteLength(text);
    response.writeHead(status, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(text),
      ...headers,
    });
    response.end(text);
  };
  const end = () => response.end();
  const cut = () => {
    wasCut = true;
    counts.cut(task, bodyBytes);
    // What was written last has to leave first.
    setImmediate(() => response.socket?.end());
  };
  return {
    url,
    request,
    response,
    headers: request.headers,
    signal: left.signal,
    counts,
    answer,
    head,
    write,
    end,
    cut,
  };
}

/** A route that is cut short by the client's leaving has nothing more to do; any other failure is a mistake here. */
function leftOr(error, response) {
  if (error.name === 'AbortError') return;
  response.destroy();
  throw error;
}
