import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import axios from 'axios';
import { firstValueFrom } from 'rxjs';
import { type Client, axiosFactory, createClient } from 'coldwire';
import { errorOf } from '../promises/outcome.js';
import { latch } from '../support/latch.js';

describe('HTTP/2, by an axios instance', () => {
  let server: Http2Server;
  let client: Client;
  let onStream: (stream: ServerHttp2Stream, path: string) => void;
  const sessions = new Set<{ destroy(): void }>();

  beforeEach(async () => {
    server = createServer();
    server.on('session', (session) => sessions.add(session));
    server.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      onStream(stream, String(headers[':path']));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const instance = axios.create({ httpVersion: 2, http2Options: { sessionTimeout: 50 } });
    client = createClient({ baseUrl, factory: axiosFactory({ instance }) });
  });
  afterEach(async () => {
    for (const session of sessions) session.destroy();
    sessions.clear();
    server.close();
    await once(server, 'close');
  });

  const echo = (stream: ServerHttp2Stream): void => {
    const parts: Buffer[] = [];
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/json' });
      stream.end(JSON.stringify(Buffer.concat(parts).toString()));
    });
  };

  it('carries a body at hand and one from a source', async () => {
    onStream = echo;
    expect(await firstValueFrom(client.post('/', 'at hand'))).toBe('at hand');
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('one ');
      yield Buffer.from('two');
    };
    expect(await firstValueFrom(client.post('/', source))).toBe('one two');
  });

  it('closes the stream at the server when left, before the head and in the body', async () => {
    for (const answers of [false, true]) {
      const asked = latch();
      const closed = latch();
      onStream = (stream) => {
        if (answers) {
          stream.respond({ ':status': 200 });
          stream.write('half');
        }
        stream.on('close', () => closed.open());
        asked.open();
      };
      const heard: string[] = [];
      const subscription = client.get('/').bytes.subscribe({
        next: () => heard.push('next'),
        error: () => heard.push('error'),
        complete: () => heard.push('complete'),
      });
      await asked.opened;
      subscription.unsubscribe();
      await closed.opened;
      expect(heard.filter((what) => what !== 'next')).toEqual([]);
    }
  });

  it('makes a network error of a stream that the server breaks, and does not say that nothing was sent', async () => {
    onStream = (stream) => stream.close(2);
    expect(await errorOf(client.get('/'))).toMatchObject({ kind: 'network', sent: true });
    onStream = (stream) => {
      stream.respond({ ':status': 200 });
      stream.write('half', () => stream.destroy(new Error('broken')));
    };
    expect(await errorOf(client.get('/'))).toMatchObject({
      kind: 'network',
      code: 'BODY_TRUNCATED',
    });
  });
});
