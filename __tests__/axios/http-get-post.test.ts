import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, toArray } from 'rxjs';
import { createClient } from 'coldwire';
import { loopback } from '../support/loopback.js';

describe('axios http', () => {
  it('sends a GET and gives the decoded body once (B3)', async () => {
    const server = await loopback(() => ({ json: { id: 1 } }));
    const client = createClient({ baseUrl: server.url });
    expect(await firstValueFrom(client.get('/users/1').pipe(toArray()))).toEqual([{ id: 1 }]);
    expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /users/1']);
    await server.stop();
  });
  it('sends a JSON body with its length', async () => {
    const server = await loopback(async (_request, _response, seen) => ({
      json: JSON.parse(String(await seen.body())),
    }));
    const client = createClient({ baseUrl: server.url });
    expect(await firstValueFrom(client.post('/users', { name: 'Ada' }))).toEqual({ name: 'Ada' });
    expect(server.requests[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': '14',
    });
    await server.stop();
  });
});
