// Sends as many bytes as it is asked for, as fast as they are taken; tells how many the last answer has written.
import { createServer } from 'node:http';

const piece = Buffer.alloc(65_536);
let written = 0;
const server = createServer((request, response) => {
  const size = Number(new URL(request.url, 'http://localhost').searchParams.get('size'));
  written = 0;
  response.writeHead(200, { 'content-length': size, 'content-type': 'application/octet-stream' });
  const fill = () => {
    let room = true;
    while (room && written < size && !response.destroyed) {
      const bytes = piece.subarray(0, Math.min(piece.length, size - written));
      written += bytes.length;
      room = response.write(bytes);
    }
    if (written >= size) response.end();
  };
  response.on('drain', fill);
  fill();
});
server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}/`));
process.on('message', () => process.send(written));
process.on('disconnect', () => process.exit());
