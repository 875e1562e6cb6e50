// The other side of every bench, in a process of its own: `startServer()` forks this file.
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const JSON_BODY = Buffer.from(
  JSON.stringify({
    id: 7,
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    roles: ['admin', 'author'],
  }),
);
const PIECE = Buffer.alloc(65_536, 'x');

/** Forks the server; resolves to its URL, a `close`, and `asked()`: requests and connections so far. */
export async function startServer() {
  const child = fork(fileURLToPath(import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const message = () => new Promise((resolve) => child.once('message', resolve));
  const { port } = await message();
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => child.kill(),
    asked() {
      const answer = message();
      child.send('asked');
      return answer;
    },
  };
}

if (process.send && process.argv[1] === fileURLToPath(import.meta.url)) {
  const counts = { requests: 0, connections: 0 };
  const routes = {
    '/json': (response) => {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': JSON_BODY.length,
      });
      response.end(JSON_BODY);
    },
    /** `/bytes?n`: n bytes, as fast as they are read. */
    '/bytes': (response, query) => {
      let left = Number(query);
      response.writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-length': left,
      });
      const write = () => {
        while (left > 0) {
          const piece = left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
          left -= piece.length;
          if (!response.write(piece)) return void response.once('drain', write);
        }
        response.end();
      };
      write();
    },
    /** Takes a body and says how long it was. */
    '/sink': (response, _query, request) => {
      let bytes = 0;
      request.on('data', (piece) => (bytes += piece.length));
      request.on('end', () => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ bytes }));
      });
    },
  };
  const server = createServer((request, response) => {
    counts.requests++;
    response.on('error', () => undefined);
    const [path, query] = request.url.split('?');
    routes[path](response, query, request);
  });
  server.keepAliveTimeout = 60_000;
  server.on('connection', () => counts.connections++);
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
  process.on('message', () => process.send(counts));
  process.on('disconnect', () => process.exit());
}
