// A process of its own, so that only clients are in the heap that the soak measures. Says its port on stdout.
import { createServer } from 'node:http';

let open = 0;
const parts = ['{"a":', '1,"b":', '2}'];

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://soak.test');
  if (pathname === '/open') {
    response.end(String(open));
    return;
  }
  open++;
  response.once('close', () => open--);
  request.resume();
  if (pathname === '/now') response.setHeader('content-type', 'application/json').end('{"a":1}');
  else if (pathname === '/redirect')
    response.writeHead(302, { location: '/drip' }).end('elsewhere');
  else if (pathname === '/unavailable') response.writeHead(503, { 'retry-after': '0' }).end('no');
  else if (pathname === '/never') return;
  else if (pathname === '/stall')
    response.writeHead(200, { 'content-length': 100 }).write('{"half":');
  else drip(response, 0);
});

function drip(response, at) {
  if (response.destroyed) return;
  if (at === parts.length) response.end();
  else {
    response.write(parts[at]);
    setTimeout(drip, 2, response, at + 1);
  }
}

server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.on('disconnect', () => process.exit());
