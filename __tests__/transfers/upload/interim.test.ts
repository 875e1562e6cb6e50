import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import axios from 'axios';
import { INTERIM, type InterimResponse, axiosFactory, createClient } from 'coldwire';
import { firstValueFrom } from 'rxjs';

const CLIENTS = {
  'the own route': () => createClient(),
  'an instance of the user': () =>
    createClient({ factory: axiosFactory({ instance: axios.create() }) }),
};

describe('interim responses', () => {
  it.each(Object.keys(CLIENTS) as (keyof typeof CLIENTS)[])(
    'are told over %s, and are no answer',
    async (name) => {
      const server = createServer((request, response) => {
        request.resume();
        response.writeEarlyHints({ link: '</a.css>; rel=preload' }, () => {
          request.socket.write(
            'HTTP/1.1 104 Upload Resumption Supported\r\nUpload-Offset: 7\r\n\r\n',
          );
          response.end('{"n":1}');
        });
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const told: InterimResponse[] = [];
      const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
      const value = await firstValueFrom(
        CLIENTS[name]().post(url, 'body', {
          context: [INTERIM.of((interim) => told.push(interim))],
        }),
      );
      server.closeAllConnections();
      server.close();
      expect(value).toEqual({ n: 1 });
      expect(told.map(({ status }) => status)).toEqual([103, 104]);
      expect(told[0]?.headers.get('link')).toBe('</a.css>; rel=preload');
      expect(told[1]?.headers.get('upload-offset')).toBe('7');
    },
  );

  it('fail the request with what the one who is told throws', async () => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
    const thrower = INTERIM.of(() => {
      throw new Error('mine');
    });
    await expect(
      firstValueFrom(createClient().get(url, { context: [thrower] })),
    ).rejects.toMatchObject({
      cause: { message: 'mine' },
    });
    server.closeAllConnections();
    server.close();
  });
});
