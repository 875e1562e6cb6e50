// Runs in an empty folder that has the tarball installed, as an ES module and, turned into one, as a CommonJS module.
import { createServer } from 'node:http';
import { firstValueFrom } from 'rxjs';
import { createClient, isTaskError, taskError } from 'coldwire';
import * as testing from 'coldwire/testing';

const server = createServer((request, response) => {
  if (request.url === '/hang') {
    request.socket.once('close', () => server.emit('cancelled'));
    server.emit('arrived');
    return;
  }
  response.statusCode = request.url === '/refused' ? 503 : 200;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ path: request.url }));
});

async function main() {
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const client = createClient({ baseUrl: `http://127.0.0.1:${server.address().port}` });
  const found = await firstValueFrom(client.get('/users/1'));
  const failure = await firstValueFrom(client.get('/refused')).catch((error) => error);
  const arrived = new Promise((seen) => server.once('arrived', seen));
  const cancelled = new Promise((seen) => server.once('cancelled', seen));
  const subscription = client.get('/hang').subscribe();
  await arrived;
  subscription.unsubscribe();
  await cancelled;
  server.close();
  const report = {
    found,
    failure: isTaskError(failure) && `${failure.kind} ${failure.status}`,
    cancelled: true,
    testing: Object.keys(testing).length > 0,
    made: taskError('network', { sent: false }).kind,
  };
  console.log(JSON.stringify(report));
}

main();
