// Sends the whole stream to everybody who asks, and keeps the connection open.
import { createServer } from 'node:http';
import { streamOfEvents } from './sse-stream.mjs';

const stream = Buffer.from(streamOfEvents());
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(stream);
});
server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}/`));
process.on('disconnect', () => process.exit());
